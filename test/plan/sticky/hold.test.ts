import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { formatPrefix } from '../../../src/base/prefix.ts'
import { type HeldChoice, MOST_HELD } from '../../../src/model/fleet-plan.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import type { HoldVerdict } from '../../../src/model/planner.ts'
import type { Policy } from '../../../src/model/service.ts'
import { explain } from '../../../src/plan/explain.ts'
import { groupServices } from '../../../src/plan/map-groups.ts'
import { termsOf } from '../../../src/plan/sticky/held.ts'
import { holdChoices } from '../../../src/plan/sticky/hold.ts'
import { lookOut } from '../../../src/plan/sticky/outlook.ts'
import type { MapInput } from '../../../src/plan/world.ts'
import {
  ask,
  type Compiled,
  clientOf,
  cluster,
  compileInput,
  mapInput,
  measurement,
  NOW,
  place,
  randomOf,
  service,
  type WorldText,
} from '../../route/fixture.ts'
import { Draw } from '../../route/random-world.ts'

const MINUTE = 60_000
const clusters = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('ix', 'newyork')]
const base: WorldText = {
  clusters,
  places: [place('seoul'), place('tokyo')],
  city: { '1.2.0.0/16': 1, '2a00::/32': 2 },
}

type Rtts = Readonly<Record<string, number>>
const rows = (prefix: string, rtts: Rtts, at: number, more: Partial<Measurement> = {}): Measurement[] =>
  Object.entries(rtts).map(([id, rttMs]) =>
    measurement(prefix, id, rttMs, { measuredAt: millis(at), source: 'probe', ...more }),
  )

/** A fleet: one leader that scores, and what all nameservers compile from its plan. */
class Fleet {
  readonly text: WorldText
  now: number = NOW
  held: readonly HeldChoice[] = []
  compiled: Compiled

  /** `going`: a fleet whose plan and measurements are in force. */
  constructor(text: WorldText, measurements: readonly Measurement[], going?: Fleet) {
    this.text = text
    this.now = going?.now ?? NOW
    this.held = going?.held ?? []
    this.compiled = compileInput(this.#input(text, going?.compiled.world.input.measurements ?? measurements, this.held))
  }

  /** Time passes, and measurements are as given now. */
  score(measurements: readonly Measurement[], { counts = true, text = this.text } = {}): HoldVerdict {
    if (counts) this.now += MINUTE
    const input = this.#input(text, measurements, this.held)
    const ground = compileInput({ ...input, measurements: [] }).unmeasured
    const verdict = holdChoices(this.compiled, lookOut(input, ground), this.held, counts)
    this.held = verdict.held
    this.compiled = compileInput({ ...input, held: this.held })
    return verdict
  }

  first(address: string, service = 0): string | null {
    return ask(this.compiled, clientOf(address), 4, service).cluster
  }

  why(address: string): string {
    const { world, tables, live } = this.compiled
    return explain({ world, tables, live, service: 0, family: 4, client: clientOf(address) }).reason
  }

  #input(text: WorldText, measurements: MapInput['measurements'], held: readonly HeldChoice[]): MapInput {
    return { ...mapInput(text), measurements, held, asOf: millis(this.now) }
  }
}

const BLOCK = '1.2.3.0/24'
const at = (fleet: Fleet, rtts: Rtts, more: Partial<Measurement> = {}) => rows(BLOCK, rtts, fleet.now + MINUTE, more)
const fleetAt = (rtts: Rtts, text: Partial<WorldText> = {}) => new Fleet({ ...base, ...text }, rows(BLOCK, rtts, NOW))

describe('a first choice is kept', () => {
  it('against one that is better by less than 3 ms or a tenth, however long', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60, ix: 90 })
    expect(fleet.first('1.2.3.4')).toBe('icn')
    for (let i = 0; i < 6; i++) {
      fleet.score(at(fleet, { icn: 54, nrt: 50.2, ix: 90 }))
      expect(fleet.first('1.2.3.4')).toBe('icn')
      expect(fleet.held).toMatchObject([{ service: 'vod', prefix: BLOCK, cluster: 'icn', wins: 0 }])
    }
    expect(fleet.why('1.2.3.4')).toMatch(/^kept: nrt wins by [23]\.\d ms, less than the 5\.\d ms that a change takes$/)
  })

  it('until another has won by enough in three scorings in a row', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    const worse = { icn: 80, nrt: 60 }
    const seen = [1, 2].map(() => {
      fleet.score(at(fleet, worse))
      return [fleet.first('1.2.3.4'), fleet.held[0]?.wins]
    })
    expect(seen).toEqual([
      ['icn', 1],
      ['icn', 2],
    ])
    expect(fleet.why('1.2.3.4')).toMatch(/^kept: nrt wins by \d+(\.\d)? ms, for less than 3 scorings$/)
    fleet.score(at(fleet, worse))
    expect([fleet.first('1.2.3.4'), fleet.held]).toEqual(['nrt', []])
    expect(fleet.why('1.2.3.4')).toBe('fastest measured')
  })

  it('one scoring without a win and they count from nought', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    for (let i = 0; i < 4; i++) {
      fleet.score(at(fleet, { icn: 80, nrt: 60 }))
      fleet.score(at(fleet, { icn: 80, nrt: 60 }))
      expect(fleet.held[0]?.wins).toBe(2)
      fleet.score(at(fleet, { icn: 62, nrt: 60 }))
      expect(fleet.first('1.2.3.4')).toBe('icn')
    }
  })

  it('scorings within a minute do not count, but may take wins away', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    fleet.score(at(fleet, { icn: 80, nrt: 60 }))
    for (let i = 0; i < 5; i++) fleet.score(at(fleet, { icn: 80, nrt: 60 }), { counts: false })
    expect([fleet.first('1.2.3.4'), fleet.held[0]?.wins]).toEqual(['icn', 1])
    fleet.score(at(fleet, { icn: 66, nrt: 63 }), { counts: false })
    expect(fleet.held[0]?.wins).toBe(0)
  })

  it('by a new leader as by the old: the plan says all', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    fleet.score(at(fleet, { icn: 80, nrt: 60 }))
    // It starts with the plan in force and what was measured, and has seen nothing before.
    const other = new Fleet(fleet.text, [], fleet)
    expect(other.first('1.2.3.4')).toBe('icn')
    for (let i = 0; i < 2; i++) {
      fleet.score(at(fleet, { icn: 80, nrt: 60 }))
      other.score(at(other, { icn: 80, nrt: 60 }))
      expect(other.held).toEqual(fleet.held)
      expect(other.first('1.2.3.4')).toBe(fleet.first('1.2.3.4'))
    }
    expect(other.first('1.2.3.4')).toBe('nrt')
  })

  it('in IPv6, and where a prefix inside the measured one is measured too', () => {
    const measured = (now: number, icn: number): Measurement[] => [
      ...rows('2a00:0:1::/48', { icn, nrt: 60 }, now),
      ...rows('1.2.0.0/20', { icn, nrt: 60 }, now),
      ...rows('1.2.0.0/24', { icn: 90, nrt: 20 }, now),
    ]
    const fleet = new Fleet(base, measured(NOW, 50))
    fleet.score(measured(fleet.now + MINUTE, 64))
    expect(['2a00:0:1::1', '1.2.9.1', '1.2.0.1'].map(address => fleet.first(address))).toEqual(['icn', 'icn', 'nrt'])
    expect(fleet.held.map(({ prefix }) => prefix)).toEqual(['1.2.1.0/24', '2a00:0:1::/56'])
  })
})

describe('at once counts', () => {
  it('an import', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    fleet.score(at(fleet, { icn: 64, nrt: 60 }, { source: 'import' }))
    expect([fleet.first('1.2.3.4'), fleet.held]).toEqual(['nrt', []])
  })

  it('a first measurement', () => {
    const fleet = fleetAt({ nrt: 60 })
    const before = fleet.first('1.2.3.4')
    fleet.score(at(fleet, { icn: 190, ix: 190, nrt: 60 }))
    expect([before, fleet.first('1.2.3.4')]).toEqual(['icn', 'nrt'])
  })

  it("an operator's word: another place, another order", () => {
    const place = { lat: 35.68, lon: 139.69, country: 'JP' }
    const prefix = { family: 4, hi: 0x01020300, lo: 0, length: 24 } as const
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    fleet.score(at(fleet, { icn: 62, nrt: 60 }), { text: { ...fleet.text, overrides: [{ prefix, place }] } })
    expect(fleet.first('1.2.3.4')).toBe('nrt')
    const other = fleetAt({ icn: 50, nrt: 60 })
    other.score(at(other, { icn: 50, nrt: 60 }), {
      text: { ...other.text, overrides: [{ prefix, clusters: ['nrt'] }] },
    })
    expect(other.first('1.2.3.4')).toBe('nrt')
  })

  it('a configuration that changed: a bias, a cluster that is gone, another policy', () => {
    const changed = (text: Partial<WorldText>) => {
      const fleet = fleetAt({ icn: 50, nrt: 60 })
      fleet.score(at(fleet, { icn: 54, nrt: 52.5 }))
      expect(fleet.first('1.2.3.4')).toBe('icn')
      // Also under the plan of before, which still names the block.
      const reloaded = new Fleet({ ...fleet.text, ...text }, [], fleet)
      const atOnce = reloaded.first('1.2.3.4')
      fleet.score(at(fleet, { icn: 54, nrt: 52.5 }), { text: { ...fleet.text, ...text } })
      const scored = [fleet.first('1.2.3.4'), fleet.held.length]
      return [...scored, atOnce]
    }
    expect(changed({ clusters: [{ ...clusters[0]!, biasMs: 2 }, ...clusters.slice(1)] })).toEqual(['nrt', 0, 'nrt'])
    expect(changed({ clusters: clusters.slice(1) })).toEqual(['nrt', 0, 'nrt'])
    expect(changed({ services: [service('vod', ['icn', 'nrt', 'ix'], { policy: 'geo' })] })).toEqual(['icn', 0, 'icn'])
  })

  it('what a service may not use any more', () => {
    const fleet = fleetAt({ icn: 50, nrt: 60 })
    fleet.score(at(fleet, { icn: 54, nrt: 52.5 }))
    fleet.score(at(fleet, { icn: 54, nrt: 52.5 }), {
      text: { ...fleet.text, services: [service('vod', ['nrt', 'ix'])] },
    })
    expect(fleet.first('1.2.3.4')).toBe('nrt')
  })
})

describe('noise', () => {
  const BLOCKS = 60
  const prefixes = Array.from({ length: BLOCKS }, (_, i) => `1.2.${i * 4}.0/24`)
  const noisy = (draw: Draw, now: number, rttOf: (id: string) => number): Measurement[] =>
    prefixes.flatMap(prefix =>
      rows(
        prefix,
        Object.fromEntries(clusters.map(({ id }) => [id, rttOf(id) * (0.95 + draw.below(10_000) / 100_000)])),
        now,
        { rttVarMs: 1 },
      ),
    )
  const firsts = (fleet: Fleet) => prefixes.map(prefix => fleet.first(prefix.replace('.0/24', '.9')))
  const moves = (a: readonly unknown[], b: readonly unknown[]) => a.filter((each, i) => each !== b[i]).length

  it.each<Policy>(['rtt-spill', 'rtt'])('of a twentieth on equal clusters moves next to nothing under %s', policy => {
    const text = { ...base, services: [service('vod', ['icn', 'nrt', 'ix'], { policy })] }
    const draw = new Draw(randomOf(19))
    const fleet = new Fleet(
      text,
      noisy(draw, NOW, () => 80),
    )
    let moved = 0
    let without = 0
    for (let i = 0; i < 15; i++) {
      const before = firsts(fleet)
      const measured = noisy(draw, fleet.now + MINUTE, () => 80)
      fleet.score(measured)
      moved += moves(before, firsts(fleet))
      const pure = new Fleet(text, measured)
      without += moves(before, firsts(pure))
    }
    expect(without).toBeGreaterThan(BLOCKS * 3)
    expect(moved).toBeLessThanOrEqual(2)
  })

  it('does not hide that a cluster became 30 % slower: all blocks leave it after three scorings, none before', () => {
    const draw = new Draw(randomOf(20))
    const fleet = new Fleet(
      base,
      noisy(draw, NOW, id => (id === 'nrt' ? 60 : 80)),
    )
    expect(new Set(firsts(fleet))).toEqual(new Set(['nrt']))
    const left = [1, 2, 3].map(() => {
      fleet.score(noisy(draw, fleet.now + MINUTE, id => (id === 'nrt' ? 105 : 80)))
      return firsts(fleet).filter(first => first !== 'nrt').length
    })
    expect(left).toEqual([0, 0, BLOCKS])
  })
})

describe('bounds', () => {
  it('so many are held and no more; those switch at once that would gain least', () => {
    const count = MOST_HELD + 60
    const prefixes = Array.from({ length: count }, (_, i) => `1.${64 + (i >> 8)}.${i & 255}.0/24`)
    const measured = (icn: (i: number) => number, now: number) =>
      prefixes.flatMap((prefix, i) => rows(prefix, { icn: icn(i), nrt: 60 }, now))
    const fleet = new Fleet(
      { ...base, clusters: clusters.slice(0, 2), city: { '1.64.0.0/10': 1 } },
      measured(() => 50, NOW),
    )
    const verdict = fleet.score(measured(i => 63 + (i / count) * 2, fleet.now + MINUTE))
    expect([verdict.held.length, verdict.beyond]).toEqual([MOST_HELD, 60])
    const switched = prefixes.flatMap((prefix, i) => (fleet.first(prefix.replace('.0/24', '.1')) === 'nrt' ? [i] : []))
    expect(switched).toEqual(Array.from({ length: 60 }, (_, i) => i))
  })

  it('of what the plan holds, nonsense counts as nothing', () => {
    const input = { ...mapInput(base), measurements: rows(BLOCK, { icn: 80, nrt: 40 }, NOW) }
    const { world: bare } = compileInput({ ...input, measurements: [] })
    const terms = termsOf(bare, groupServices(bare).groups[0]!)
    const good: HeldChoice = { service: 'vod', prefix: BLOCK, cluster: 'icn', wins: 0, terms }
    const nonsense: HeldChoice[] = [
      { ...good, terms: terms ^ 1 },
      { ...good, prefix: 'x' },
      { ...good, cluster: 'gone' },
      { ...good, prefix: '1.2.4.0/24', cluster: 'nrt' },
      { ...good, prefix: formatPrefix({ family: 6, hi: 0, lo: 0, length: 0 }), cluster: 'nrt' },
    ]
    expect(ask(compileInput({ ...input, held: [good] }), clientOf('1.2.3.4')).cluster).toBe('icn')
    const world = compileInput({ ...input, held: nonsense })
    expect(ask(world, clientOf('1.2.3.4')).cluster).toBe('nrt')
    expect(ask(world, clientOf('1.2.4.4')).cluster).toBe('icn')
  })
})
