import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { HealthVoices } from '../../src/control/health-voices.ts'
import { HEALTH_FRESH_MS, HEALTH_LIFETIME_MS, MOST_MONITORS, MOST_VERDICTS } from '../../src/model/health.ts'
import { health, verdict } from '../fixture/store.ts'

const NOW = 1_764_000_000_000
const at = (ms: number) => millis(NOW + ms)

/** Monitors that are heard at a moment, and what they say of s1 by IPv4. */
const heard = (voices: HealthVoices, ms: number) =>
  voices.fresh(at(ms)).map(place => place.map(voice => voice('s1', 4)?.up ?? null))

describe('the voices of monitors', () => {
  it('hold what was said last: changes are added, a whole report takes the place of everything', () => {
    const voices = new HealthVoices()
    voices.hear(health('m1', { at: at(0), verdicts: [verdict('s1/4'), verdict('s2/4')] }), at(0))
    voices.hear(health('m1', { at: at(1), whole: false, verdicts: [verdict('s1/4', 'timeout')] }), at(1))
    expect(heard(voices, 1)).toEqual([[false]])
    expect(voices.monitors(at(1))).toMatchObject([{ monitor: 'm1', verdicts: 2 }])
    voices.hear(health('m1', { at: at(2) }), at(2))
    expect(heard(voices, 2)).toEqual([[null]])
  })

  it('do not begin with changes', () => {
    const voices = new HealthVoices()
    voices.hear(health('m1', { at: at(0), whole: false, verdicts: [verdict('s1/4')] }), at(0))
    expect(voices.fresh(at(0))).toEqual([])
  })

  it('are silent after ten seconds, and forgotten after five minutes', () => {
    const voices = new HealthVoices()
    voices.hear(health('m1', { at: at(0), verdicts: [verdict('s1/4')] }), at(0))
    expect([heard(voices, HEALTH_FRESH_MS).length, heard(voices, HEALTH_FRESH_MS + 1).length]).toEqual([1, 0])
    expect([voices.known(at(HEALTH_LIFETIME_MS)), voices.known(at(HEALTH_LIFETIME_MS + 1))]).toEqual([1, 0])
  })

  it('whose clock is wrong are heard, save for what the store had of them before', () => {
    const voices = new HealthVoices()
    const old = health('slow', { at: at(-60_000), verdicts: [verdict('s1/4')] })
    voices.hear(old, at(0))
    voices.hear(health('fast', { at: at(60_000), verdicts: [verdict('s1/4')] }), at(0))
    expect(heard(voices, 0).length).toBe(1)
    // The store reads everything anew: it is still the same report.
    voices.hear(old, at(1_000))
    expect(heard(voices, 1_000).length).toBe(1)
    voices.hear({ ...old, at: at(-58_000), whole: false, verdicts: [] }, at(2_000))
    expect(heard(voices, 2_000)).toEqual([[true], [true]])
  })

  it('of one place stand together; a place may not be taken by the name of a monitor', () => {
    const voices = new HealthVoices()
    voices.hear(health('m1', { at: at(0), place: 'icn' }), at(0))
    voices.hear(health('m2', { at: at(0), place: 'icn' }), at(0))
    voices.hear(health('icn', { at: at(0) }), at(0))
    expect(voices.fresh(at(0)).map(place => place.length)).toEqual([2, 1])
    expect(voices.known(at(0))).toBe(2)
  })

  it('of a monitor that is blind by a family say nothing by it, and its place is heard all the same', () => {
    const voices = new HealthVoices()
    const verdicts = [verdict('s1/4', 'timeout'), verdict('s1/6', 'timeout')]
    voices.hear(health('m1', { at: at(0), blind: [4], verdicts }), at(0))
    const [[voice] = []] = voices.fresh(at(0))
    expect([voice!('s1', 4), voice!('s1', 6)?.up]).toEqual([undefined, false])
    expect(voices.blind(at(0))).toEqual(['m1 (IPv4)'])
    voices.hear(health('m2', { at: at(0), verdicts: [verdict('s1/4')] }), at(0))
    expect(heard(voices, 0)).toEqual([[null], [true]])
    voices.hear(health('m1', { at: at(1), whole: false }), at(1))
    expect(heard(voices, 1)).toEqual([[false], [true]])
    expect(voices.blind(at(1))).toEqual([])
  })

  it('of the blind count where no place sees anything, and there are several', () => {
    const voices = new HealthVoices()
    const blind = { at: at(0), blind: [4], verdicts: [verdict('s1/4', 'timeout')] } as const
    voices.hear(health('m1', { ...blind, place: 'icn', verdicts: [...blind.verdicts] }), at(0))
    voices.hear(health('m2', { ...blind, place: 'icn', verdicts: [...blind.verdicts] }), at(0))
    expect(heard(voices, 0)).toEqual([[null, null]])
    voices.hear(health('m3', { ...blind, verdicts: [...blind.verdicts] }), at(0))
    expect(heard(voices, 0)).toEqual([[false, false], [false]])
    expect(voices.blind(at(0))).toEqual([])
    voices.hear(health('m2', { at: at(1), place: 'icn', verdicts: [verdict('s1/4')] }), at(1))
    expect(heard(voices, 1)).toEqual([[null, true], [null]])
    expect(voices.blind(at(1))).toEqual(['m1 (IPv4)', 'm3 (IPv4)'])
  })

  it('are bounded in number, and in what each says', () => {
    const voices = new HealthVoices()
    for (let i = 0; i < MOST_MONITORS + 9; i++) voices.hear(health(`m${i}`, { at: at(0) }), at(0))
    expect(voices.known(at(0))).toBe(MOST_MONITORS)
    const most = Array.from({ length: MOST_VERDICTS }, (_, i) => verdict(`s${i}/4`))
    voices.hear(health('m0', { at: at(1), verdicts: most }), at(1))
    expect(voices.known(at(1))).toBe(MOST_MONITORS)
    voices.hear(health('m0', { at: at(2), whole: false, verdicts: [verdict('s0/6')] }), at(2))
    expect(voices.known(at(2))).toBe(MOST_MONITORS - 1)
  })
})
