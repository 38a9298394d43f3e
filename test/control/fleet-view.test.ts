import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { fleetAlarms, fleetMembers } from '../../src/control/fleet-view.ts'
import { node } from '../fixture/store.ts'

const NOW = 1_000_000
const OURS = { configHash: 'c', geoHash: 'g' }
const reported = (name: string, agoMs: number, more = {}) => node(name, { at: millis(NOW - agoMs), ...more })
const states = (...reports: ReturnType<typeof node>[]) =>
  fleetMembers(reports, 'ns1', NOW).map(({ node: name, state }) => [name, state])
const alarms = (...reports: ReturnType<typeof node>[]) =>
  fleetAlarms(fleetMembers(reports, 'ns1', NOW), 'ns1', OURS, NOW)

describe('the fleet', () => {
  it('tells who is there, who fell silent, and who said good-bye', () => {
    expect(
      states(
        reported('ns1', 600_000),
        reported('ns2', 15_000),
        reported('ns3', 15_001),
        reported('ns4', 1_000, { stopped: true }),
      ),
    ).toEqual([
      ['ns1', 'up'],
      ['ns2', 'up'],
      ['ns3', 'silent'],
      ['ns4', 'stopped'],
    ])
  })

  it('raises an alarm for who fell silent, not for who was stopped', () => {
    expect(alarms(reported('ns2', 180_000), reported('ns3', 180_000, { stopped: true }))).toEqual([
      'ns2 has not been heard of for 180 s',
    ])
  })

  it('raises an alarm for who serves from other inputs, as long as it serves', () => {
    const differs = { configHash: 'x', geoHash: 'y' }
    expect(alarms(reported('ns2', 0, differs), reported('ns3', 0, { geoHash: 'y' }), reported('ns4', 0))).toEqual([
      'ns2 serves from a different configuration and geo data',
      'ns3 serves from a different geo data',
    ])
    expect(alarms(reported('ns2', 0, { ...differs, generation: 0 }))).toEqual([])
    expect(alarms(reported('ns2', 0, { ...differs, stopped: true }))).toEqual([])
  })
})
