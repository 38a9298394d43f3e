import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { explain } from '../../src/plan/explain.ts'
import type { Client } from '../../src/route/client.ts'
import { HASHED, ROW_SPECIAL } from '../../src/route/tables.ts'
import { ask, type Compiled, compile, freshLive, randomOf, type WorldText } from './fixture.ts'
import { Draw, randomClient, randomLive, randomWorld, within } from './random-world.ts'

const SEED = 20_240_611
const WORLDS = 60

interface Case {
  readonly seed: number
  readonly text: WorldText
  readonly world: Compiled
  /** Draws that go on where the world ended. */
  readonly draw: Draw
}

/** Compiling is what costs: every property looks at the same worlds, each with a live table and clients of its own. */
let cases: readonly Case[] = []

beforeAll(() => {
  cases = fc.sample(fc.nat(0x7fffffff), { seed: SEED, numRuns: WORLDS }).map(seed => {
    const draw = new Draw(randomOf(seed))
    const text = randomWorld(draw)
    return { seed, text, world: compile(text), draw }
  })
})

function eachCase(check: (one: Case) => void): void {
  for (const one of cases) {
    try {
      check({ ...one, world: { ...one.world, live: freshLive(one.text.clusters, one.text.services!) } })
    } catch (error) {
      throw new Error(`world of seed ${one.seed}`, { cause: error })
    }
  }
}

/** Another client of the block that the scope covers. */
function neighbour(draw: Draw, client: Client, scope: number): Client {
  if (client.ecsFamily === 0) return client
  const block = { family: client.ecsFamily, hi: client.ecsHi, lo: client.ecsLo, length: scope }
  const { hi, lo } = within(draw, block, client.ecsFamily === 4 ? 32 : 64)
  return { ...client, ecsHi: hi, ecsLo: lo }
}

describe(`random worlds, seed ${SEED}`, () => {
  it('scope truth: every client inside the scope gets the identical answer, reason and scope', () => {
    let wide = 0
    eachCase(({ text, world, draw }) => {
      randomLive(draw, world.live)
      for (let i = 0; i < 100; i++) {
        const client = randomClient(draw)
        const service = draw.below(text.services!.length)
        const family = draw.one([4, 6] as const)
        const answer = ask(world, client, family, service)
        if (answer.scope > (client.ecsFamily === 0 ? 0 : client.ecsFamily === 4 ? 24 : 56)) expect.fail('past a leaf')
        if (client.ecsFamily !== 0 && answer.scope < 20) wide++
        for (let j = 0; j < 8; j++) {
          const other = neighbour(draw, client, answer.scope)
          const same = JSON.stringify(ask(world, other, family, service)) === JSON.stringify(answer)
          if (!same) expect(ask(world, other, family, service)).toEqual(answer)
        }
      }
    })
    // The property would hold trivially if every scope were a leaf.
    expect(wide).toBeGreaterThan(1000)
  })

  it('explain recomputes the decision and agrees with the tables, whatever the reason', () => {
    const reasons = new Set<string>()
    eachCase(({ text, world: { world, tables, live }, draw }) => {
      randomLive(draw, live)
      for (let i = 0; i < 60; i++) {
        const client = randomClient(draw)
        const service = draw.below(text.services!.length)
        const family = draw.one([4, 6] as const)
        const trail = explain({ world, tables, live, service, family, client })
        const answer = ask({ tables, live }, client, family, service)
        reasons.add(answer.reason)
        expect(trail.cluster ?? null).toBe(answer.cluster)
        expect(trail.answers.length).toBe(answer.count)
        const chosen = trail.candidates.filter(candidate => candidate.verdict === 'chosen')
        if (answer.cluster !== null && text.services![service]!.clusters.includes(answer.cluster))
          expect(chosen.map(candidate => candidate.cluster)).toEqual([answer.cluster])
      }
    })
    expect([...reasons].sort()).toEqual([
      'beyond-slots',
      'degraded',
      'degraded-pass',
      'down',
      'drained',
      'fail-open',
      'first-choice',
      'last-good',
      'no-family',
      'override',
      'servfail',
      'shed',
      'unlocated',
      'warming',
      'when-all-down',
    ])
  })

  it('an answer is never empty, save where the service wants SERVFAIL', () => {
    eachCase(({ text, world, draw }) => {
      world.live.state.fill(2)
      for (let i = 0; i < 30; i++) {
        const service = draw.below(text.services!.length)
        if (text.services![service]!.whenAllDown.kind === 'servfail') continue
        for (const type of world.types[service]!)
          expect(ask(world, randomClient(draw), type === 1 ? 4 : 6, service).count).toBeGreaterThan(0)
      }
    })
  })

  it('no two neighbouring ranges are equal but the pieces of a heavy one, cut at aligned points', () => {
    let hashed = 0
    eachCase(({ world: { tables } }) => {
      for (const { starts4, rows4, hi6, lo6, rows6 } of tables.maps) {
        for (let i = 1; i < rows4.length; i++) {
          if (rows4[i]! >= HASHED) hashed++
          // A heavy range weighs more than a /20, and its middle is aligned to at least a quarter of it.
          if (rows4[i] === rows4[i - 1]) expect(starts4[i]! % 4).toBe(0)
        }
        for (let i = 1; i < rows6.length; i++) {
          expect(hi6[i]! > hi6[i - 1]! || (hi6[i] === hi6[i - 1] && lo6[i]! > lo6[i - 1]!)).toBe(true)
          if (rows6[i] === rows6[i - 1]) expect(lo6[i]! % 4).toBe(0)
        }
      }
      const flags = Array.from({ length: tables.rows.count }, (_, row) => tables.rows.flags(row))
      expect(flags.some(each => (each & ROW_SPECIAL) !== 0)).toBe(true)
    })
    expect(hashed).toBeGreaterThan(0)
  })

  it('one input, whatever its order, gives identical bytes: two nameservers agree', () => {
    for (const { text, world } of cases.slice(0, 15)) {
      const turned = compile({ ...text, measurements: [...text.measurements!].reverse() })
      const [a, b] = [new Uint32Array(world.arena.buffer), new Uint32Array(turned.arena.buffer)]
      expect(a.length).toBe(b.length)
      expect(a.findIndex((word, i) => word !== b[i])).toBe(-1)
    }
  })
})
