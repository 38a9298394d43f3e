import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { FleetState } from '../../src/control/fleet-state.ts'

const sample = (value: number, at: number, server?: string) => ({
  cluster: 'icn',
  value,
  at: millis(at),
  ...(server === undefined ? {} : { server }),
})

describe('the load of a cluster', () => {
  it('is the newest report; one that arrives late does not replace a newer one', () => {
    const state = new FleetState()
    state.putLoad(sample(10, 2000))
    state.putLoad(sample(99, 1000))
    expect(state.loadOf('icn')).toEqual({ value: 10, at: 2000 })
  })

  it('is the sum of its servers when one of those is newer, and as old as the oldest of them', () => {
    const state = new FleetState()
    state.putLoad(sample(10, 1000))
    state.putLoad(sample(4, 2000, 'icn-1'))
    state.putLoad(sample(5, 3000, 'icn-2'))
    expect(state.loadOf('icn')).toEqual({ value: 9, at: 2000 })
  })

  it('is unknown, not zero, before the first report', () => {
    expect(new FleetState().loadOf('icn')).toBeUndefined()
  })
})

describe('operator intent', () => {
  it('runs out at its time', () => {
    const state = new FleetState()
    state.putIntent('icn', {
      cluster: 'icn',
      percent: 100,
      reason: '',
      by: 'me',
      since: millis(0),
      until: millis(5000),
    })
    expect(state.intentOf('icn', millis(4999))?.percent).toBe(100)
    expect(state.intentOf('icn', millis(5000))).toBeNull()
  })
})
