import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { EVIDENCE_GRACE_MS, EVIDENCE_RETURN_MS, EvidenceClock } from '../../src/control/evidence-clock.ts'

const T = 1_000_000_000
const MINUTE = 60_000

describe('the clock that measurements age by', () => {
  it('follows the wall clock while the store answers', () => {
    const clock = new EvidenceClock()
    clock.storeStatus(true, millis(T))
    expect(clock.at(millis(T + 5 * MINUTE))).toBe(T + 5 * MINUTE)
  })

  it('stands still for the first ten minutes of an outage, then goes on from there', () => {
    const clock = new EvidenceClock()
    clock.storeStatus(false, millis(T))
    clock.storeStatus(false, millis(T + MINUTE))
    expect(clock.at(millis(T + 9 * MINUTE))).toBe(T)
    expect(clock.isAging(millis(T + 9 * MINUTE))).toBe(false)
    expect(clock.at(millis(T + EVIDENCE_GRACE_MS + 3 * MINUTE))).toBe(T + 3 * MINUTE)
    expect(clock.isAging(millis(T + EVIDENCE_GRACE_MS + 3 * MINUTE))).toBe(true)
  })

  it('is the wall clock again a little after the store is back, when probers have had a chance to report', () => {
    const clock = new EvidenceClock()
    clock.storeStatus(false, millis(T))
    clock.storeStatus(true, millis(T + 8 * MINUTE))
    expect(clock.at(millis(T + 8 * MINUTE))).toBe(T)
    expect(clock.at(millis(T + 8 * MINUTE + EVIDENCE_RETURN_MS))).toBe(T + 8 * MINUTE + EVIDENCE_RETURN_MS)
  })

  it('a store that flaps does not make the clock run', () => {
    const clock = new EvidenceClock()
    clock.storeStatus(false, millis(T))
    clock.storeStatus(true, millis(T + MINUTE))
    clock.storeStatus(false, millis(T + MINUTE + 1000))
    expect(clock.at(millis(T + 5 * MINUTE))).toBe(T)
  })
})
