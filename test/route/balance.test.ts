import { beforeEach, describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { FAMILY_V4, FAMILY_V6, STATE_DEGRADED, STATE_DOWN, STATE_UP } from '../../src/model/live-table.ts'
import type { WhenAllDown } from '../../src/model/service.ts'
import { ask, type Compiled, clientOf, cluster, compile, freshLive, place, service } from './fixture.ts'

const NAMES = ['icn', 'pus', 'nrt', 'lhr', 'cdg', 'jfk']
const CLUSTERS = [
  cluster('icn', 'seoul'),
  cluster('pus', 'busan'),
  cluster('nrt', 'tokyo'),
  cluster('lhr', 'london'),
  cluster('cdg', 'paris'),
  cluster('jfk', 'newyork', { tier: 'core' }),
]
const BASE = { clusters: CLUSTERS, places: [place('seoul')], city: { '1.0.0.0/8': 1 } }
const SERVICES = [service('vod', NAMES, { policy: 'geo' })]
const compiled = compile({ ...BASE, services: SERVICES })
const CLIENT = clientOf('1.2.3.4')

let world: Compiled
const at = (id: string) => NAMES.indexOf(id)

beforeEach(() => {
  world = { ...compiled, live: freshLive(CLUSTERS, SERVICES) }
})

/** Cluster and reason for the Seoul client; slots are icn, pus, nrt and the core cluster jfk. */
const answer = (family: 4 | 6 = 4) => {
  const { cluster: id, reason } = ask(world, CLIENT, family)
  return `${id}: ${reason}`
}

describe('balance, one live condition at a time', () => {
  it('takes the first slot', () => expect(answer()).toBe('icn: first-choice'))

  it('goes on when the first is down', () => {
    world.live.state[at('icn')] = STATE_DOWN
    expect(answer()).toBe('pus: down')
  })

  it('goes on when the first is drained', () => {
    world.live.drain[at('icn')] = 256
    expect(answer()).toBe('pus: drained')
  })

  it('judges each address family for itself', () => {
    world.live.families[at('icn')] = 1
    expect(answer(6)).toBe('pus: no-family')
    expect(answer(4)).toBe('icn: first-choice')
  })

  it('passes over a degraded cluster', () => {
    world.live.state[at('icn')] = STATE_DEGRADED
    expect(answer()).toBe('pus: degraded')
  })

  it('passes over a cluster that sheds the block', () => {
    world.live.level[at('icn')] = 256
    expect(answer()).toBe('pus: shed')
  })

  it('lets the last usable slot take, even when it sheds', () => {
    for (const id of NAMES) world.live.level[at(id)] = 256
    expect(answer()).toBe('jfk: shed')
    world.live.state[at('jfk')] = STATE_DOWN
    expect(answer()).toBe('nrt: shed')
    world.live.state[at('nrt')] = STATE_DEGRADED
    world.live.state[at('pus')] = STATE_DOWN
    expect(answer()).toBe('icn: first-choice')
  })

  it('takes a degraded slot when only such are left', () => {
    for (const id of ['icn', 'pus', 'jfk']) world.live.state[at(id)] = STATE_DOWN
    world.live.state[at('nrt')] = STATE_DEGRADED
    expect(answer()).toBe('nrt: degraded-pass')
  })

  it('goes beyond the slots when all four are out, nearest to the first slot', () => {
    for (const id of ['icn', 'pus', 'nrt', 'jfk']) world.live.state[at(id)] = STATE_DOWN
    expect(answer()).toBe('lhr: beyond-slots')
    world.live.level[at('lhr')] = 1
    expect(answer()).toBe('cdg: beyond-slots')
    world.live.level[at('cdg')] = 1
    expect(answer()).toBe('cdg: beyond-slots')
  })
})

describe('clusters that serve only blocks of their own', () => {
  it('take nobody else beyond the slots, and only at the very last when all are down', () => {
    const made = compile({
      ...BASE,
      clusters: [...CLUSTERS, cluster('kt', 'seoul', { tier: 'embedded', asns: [4766] })],
      services: [service('vod', ['icn', 'nrt', 'kt'], { policy: 'geo' })],
    })
    made.live.state.fill(STATE_DOWN)
    made.live.state[6] = 0
    world = made
    expect(answer()).toBe('icn: when-all-down')
    made.live.drain[at('icn')] = 256
    made.live.drain[at('nrt')] = 256
    expect(answer()).toBe('kt: when-all-down')
  })
})

describe('whenAllDown', () => {
  const wish = (whenAllDown: WhenAllDown, more = {}) => {
    const made = compile({
      ...BASE,
      services: [service('vod', NAMES.slice(0, 3), { policy: 'geo', whenAllDown, ...more })],
    })
    made.live.state.fill(STATE_DOWN)
    world = made
    return made
  }

  it('all: the best cluster with health ignored', () => {
    wish({ kind: 'all' })
    world.live.servers.fill(0)
    expect(answer()).toBe('icn: when-all-down')
    expect(ask(world, CLIENT).count).toBe(1)
  })

  it('last-good: the nearest of those that were the last to go, and of its servers those that were', () => {
    wish({ kind: 'last-good' })
    world.live.fell.fill(10_000)
    world.live.fell[at('icn')] = 9_000
    world.live.fell[at('pus')] = 9_800
    expect(answer()).toBe('pus: last-good')
    const { servers } = ask(world, CLIENT)
    world.live.lately.fill(0)
    const all = ask(world, CLIENT, 4, 0)
    expect(all.servers).toEqual(servers)
    const first = world.tables.clusterServers[at('pus')]!
    world.live.lately[first + 1] = FAMILY_V4
    expect(ask(world, CLIENT).servers).toEqual([world.tables.serverIds[first + 1]])
  })

  it('last-good: without a last one, as all; never one that an operator has taken out', () => {
    wish({ kind: 'last-good' })
    expect(answer()).toBe('icn: last-good')
    world.live.fell.fill(10_000)
    world.live.drain[at('icn')] = 256
    expect(answer()).toBe('pus: last-good')
  })

  it('last-good: a cluster that has servers goes before those that had, though it turns the block away', () => {
    wish({ kind: 'last-good' })
    world.live.fell.fill(10_000)
    world.live.state[at('nrt')] = STATE_UP
    world.live.drain[at('nrt')] = 255
    expect(answer()).toBe('nrt: last-good')
  })

  it('backup: that cluster, though no candidate', () => {
    wish({ kind: 'backup', cluster: 'jfk' })
    expect(answer()).toBe('jfk: when-all-down')
  })

  it('static: that address; for the other family the best with health ignored', () => {
    wish({ kind: 'static', address: '198.51.100.9' })
    expect(ask(world, CLIENT)).toMatchObject({ cluster: null, servers: ['static'], addresses: '198.51.100.9' })
    expect(answer(6)).toBe('icn: when-all-down')
  })

  it('servfail: no address', () => {
    wish({ kind: 'servfail' })
    expect(ask(world, CLIENT)).toMatchObject({ cluster: null, count: 0, reason: 'servfail' })
  })

  it('never overrules a full drain', () => {
    wish({ kind: 'all' })
    world.live.drain[at('icn')] = 256
    expect(answer()).toBe('pus: when-all-down')
    world.live.drain.fill(256)
    expect(answer()).toBe('null: servfail')
    wish({ kind: 'backup', cluster: 'jfk' })
    world.live.drain[at('jfk')] = 256
    expect(answer()).toBe('icn: when-all-down')
  })

  it('never overrules `only`', () => {
    wish({ kind: 'all' }, { only: { countries: ['JP'] } })
    expect(answer()).toBe('nrt: when-all-down')
    wish({ kind: 'backup', cluster: 'jfk' }, { only: { countries: ['JP'] } })
    expect(answer()).toBe('nrt: when-all-down')
    wish({ kind: 'all' }, { only: { countries: ['BR'] } })
    expect(answer()).toBe('null: servfail')
  })
})

describe('health by family', () => {
  it('a cluster that is degraded by one family is passed over by that one alone', () => {
    world.live.weak[at('icn')] = FAMILY_V6
    expect(answer()).toBe('icn: first-choice')
    expect(ask(world, CLIENT, 6)).toMatchObject({ cluster: 'pus', reason: 'degraded' })
    for (const id of ['pus', 'nrt', 'jfk', 'lhr', 'cdg']) world.live.families[at(id)] = FAMILY_V4
    expect(ask(world, CLIENT, 6)).toMatchObject({ cluster: 'icn', reason: 'degraded-pass' })
  })

  it('a slow start by one family turns away blocks of that one alone, and takes them where nothing else is left', () => {
    world.live.warm[at('icn')] = 255 << 8
    expect(answer()).toBe('icn: first-choice')
    expect(ask(world, CLIENT, 6)).toMatchObject({ cluster: 'pus', reason: 'warming' })
    for (const id of ['pus', 'nrt', 'jfk', 'lhr', 'cdg']) world.live.state[at(id)] = STATE_DOWN
    expect(ask(world, CLIENT, 6)).toMatchObject({ cluster: 'icn', reason: 'degraded-pass' })
  })
})

describe('fail open', () => {
  it('ignores what is known of health, by the families for which it is open', () => {
    world.live.state[at('icn')] = STATE_DOWN
    world.live.open[0] = FAMILY_V4
    expect(answer()).toBe('icn: fail-open')
    expect(ask(world, CLIENT, 6)).toMatchObject({ cluster: 'pus', reason: 'down' })
  })

  it('takes servers whatever their state, and turns away what is drained or shed', () => {
    const { servers } = ask(world, CLIENT)
    world.live.servers[world.tables.serverIds.indexOf(servers[0]!)] = 0
    expect(ask(world, CLIENT).servers).not.toEqual(servers)
    world.live.open[0] = FAMILY_V4
    expect(ask(world, CLIENT).servers).toEqual(servers)
    world.live.drain[at('icn')] = 256
    expect(answer()).toBe('pus: fail-open')
    world.live.drain[at('icn')] = 0
    world.live.level[at('icn')] = 256
    expect(answer()).toBe('pus: fail-open')
  })
})

describe('override', () => {
  const overridden = compile({
    ...BASE,
    services: [service('vod', NAMES)],
    overrides: [{ prefix: parsePrefix('1.2.0.0/16')!, clusters: ['lhr', 'cdg'] }],
  })

  it('fixes the order; the policy fills the rest of the slots', () => {
    world = { ...overridden, live: freshLive(CLUSTERS, []) }
    expect(answer()).toBe('lhr: override')
    world.live.state[at('lhr')] = STATE_DOWN
    expect(answer()).toBe('cdg: down')
    world.live.state[at('cdg')] = STATE_DOWN
    expect(answer()).toBe('icn: down')
  })
})

describe('a share of the blocks', () => {
  // 4096 blocks of one /20 each: the Seoul /8 in so many ranges by a checkerboard of two places.
  const city = Object.fromEntries(Array.from({ length: 2048 }, (_, i) => [`1.${i >> 3}.${(i & 7) * 32}.0/20`, 1]))
  const many = compile({
    ...BASE,
    city: { '0.0.0.0/0': 2, '::/0': 2, ...city },
    places: [place('seoul'), place('paris')],
    services: [service('vod', NAMES, { policy: 'geo' })],
  })
  const blocks = Array.from({ length: 4096 }, (_, i) => clientOf(`1.${i >> 4}.${(i & 15) * 16}.1`))
  const taken = (id: string) => blocks.map(client => ask(world, client).cluster === id)
  const count = (flags: readonly boolean[]) => flags.filter(Boolean).length

  beforeEach(() => {
    world = { ...many, live: freshLive(CLUSTERS, []) }
  })

  it('is drained: 50 % of 256 turns away about half of the blocks, always the same ones first', () => {
    const before = taken('icn')
    world.live.drain[at('icn')] = 64
    const quarter = taken('icn')
    world.live.drain[at('icn')] = 128
    const half = taken('icn')
    expect(count(quarter) / count(before)).toBeCloseTo(0.75, 1)
    expect(count(half) / count(before)).toBeCloseTo(0.5, 1)
    half.forEach((left, i) => {
      if (left) expect(quarter[i]).toBe(true)
    })
  })

  it('is drained independently at each cluster', () => {
    world.live.drain[at('icn')] = 128
    world.live.drain[at('pus')] = 128
    const seoul = blocks.filter((_, i) => i % 2 === 0)
    const chosen = seoul.map(client => ask(world, client).cluster)
    // Half stays, a quarter goes to the second, a quarter further.
    expect(chosen.filter(id => id === 'pus').length / seoul.length).toBeCloseTo(0.25, 1)
  })

  it('is shed: raising a level only turns blocks away, lowering only lets them back', () => {
    let before = taken('icn')
    const all = count(before)
    expect(all).toBe(2048)
    for (let level = 0; level <= 256; level += 8) {
      world.live.level[at('icn')] = level
      const now = taken('icn')
      now.forEach((left, i) => {
        if (left) expect(before[i]).toBe(true)
      })
      before = now
    }
    expect(count(before)).toBe(0)
    world.live.level[at('icn')] = 80 + 88
    expect(count(taken('icn')) / all).toBeCloseTo(0.5, 1)
  })

  it('what spills to a receiver is turned away by it before its own blocks', () => {
    world.live.state[at('icn')] = STATE_DOWN
    world.live.level[at('pus')] = 80
    expect(count(taken('pus'))).toBe(0)
    expect(count(taken('nrt'))).toBeGreaterThan(0)
  })
})
