import { describe, expect, it, test } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { ANSWER_TIME_BOUNDS, COUNTER_SLOTS, countZone, readCounters, ZONE_LIMIT } from '../../src/model/counters.ts'
import { Class } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { ecsOption, type QuerySpec } from '../fixture/message.ts'
import { openWorld, type World } from './world.ts'

/** The zones of the world by their index: example.com, ours.example.com, cdn.example, and broken.example, which did not load. */
const NUMBERS = Uint32Array.of(70, 71, 72, 73)

const zonesOf = (world: World): Record<string, number> => {
  const { zones, zonesOther } = world.read()
  return { ...Object.fromEntries(zones.map(({ zone, count }) => [zone, count])), other: zonesOther }
}

describe('queries by zone', () => {
  const counted = (spec: QuerySpec, times = 1) => {
    const world = openWorld({ zoneNumbers: NUMBERS })
    for (let i = 0; i < times; i++) world.ask(spec)
    return zonesOf(world)
  }

  test.each<[string, QuerySpec, string]>([
    ['an answer', { name: 'www.example.com' }, '70'],
    ['a name that does not exist', { name: 'nope.example.com' }, '70'],
    ['a zone inside of another one', { name: 'ours.example.com', type: RrType.SOA }, '71'],
    ['a name of a service', { name: 'a1105.cdn.example' }, '72'],
    ['a CNAME that leads into another zone: that of the name asked for', { name: 'video.example.com' }, '70'],
    ['a shared hostname', { name: 'shop.example.com' }, '70'],
    ['a zone that did not load', { name: 'www.broken.example' }, '73'],
    ['a name that is not ours', { name: 'www.example.org' }, 'other'],
    ['class CH', { name: 'version.bind', type: RrType.TXT, class: Class.CH }, 'other'],
  ])('%s: by its stable number, looked up as remembered', (_, spec, zone) => {
    expect(counted(spec)).toEqual({ other: 0, [zone]: 1 })
    expect(counted(spec, 5)).toEqual({ other: 0, [zone]: 5 })
  })

  it('nothing of one query stays for the next', () => {
    const world = openWorld({ zoneNumbers: NUMBERS })
    for (const name of ['www.example.com', 'www.example.org', 'a1105.cdn.example', 'www.example.org'])
      world.ask({ name })
    expect(zonesOf(world)).toEqual({ 70: 1, 72: 1, other: 2 })
  })

  it('a chain that ends in another zone of ours counts for the one it begins in', () => {
    const soa = 'SOA ns host 1 3600 600 86400 60'
    const zones = [
      `$ORIGIN a.example.\n$TTL 300\n@ ${soa}\n@ NS ns\nns A 192.0.2.1\nalias CNAME www.b.example.\n`,
      `$ORIGIN b.example.\n$TTL 300\n@ ${soa}\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n`,
    ]
    const world = openWorld({ zones, zoneNumbers: NUMBERS })
    expect(world.ask({ name: 'alias.a.example' }).answer).toHaveLength(2)
    expect(zonesOf(world)).toEqual({ 70: 1, other: 0 })
  })

  it(`of 5,000 zones the first ${ZONE_LIMIT} asked for have a count of their own, and none is lost`, () => {
    const counters = new Float64Array(COUNTER_SLOTS)
    for (let round = 0; round < 2; round++) for (let zone = 0; zone < 5000; zone++) countZone(counters, zone * 17)
    const { zones, zonesOther } = readCounters(counters)
    expect(zones.map(({ zone }) => zone).sort((a, b) => a - b)).toEqual(
      Array.from({ length: ZONE_LIMIT }, (_, i) => i * 17),
    )
    expect(zones.every(({ count }) => count === 2)).toBe(true)
    expect(zonesOther).toBe(2 * (5000 - ZONE_LIMIT))
  })
})

describe('answers by ECS scope', () => {
  const scopesOf = (world: World) =>
    world
      .read()
      .scopes.flatMap((counts, family) =>
        counts.flatMap((count, scope) => (count > 0 ? [`${family}/${scope} x${count}`] : [])),
      )

  it('the family of the option and the scope sent', () => {
    const world = openWorld()
    const ask = (name: string, ...option: Parameters<typeof ecsOption>) =>
      world.ask({ name, edns: { options: [ecsOption(...option)] } })
    ask('a1105.cdn.example', 1, 24, [168, 126, 63])
    ask('a1105.cdn.example', 1, 24, [168, 126, 63])
    ask('a1105.cdn.example', 2, 56, [0x24, 0, 0x40, 0, 0, 0x12, 0x34])
    ask('www.example.com', 1, 24, [168, 126, 63])
    ask('a1105.cdn.example', 2, 0, [])
    ask('a1105.cdn.example', 0, 0, [])
    const [four, six] = [world.scopeOf('168.126.63.0'), world.scopeOf('2400:4000:12:3400::')]
    expect(scopesOf(world)).toEqual(['0/0 x1', '1/0 x1', `1/${four} x2`, '2/0 x1', `2/${six} x1`])
  })

  it('an IPv4-mapped address counts for the option in which it came', () => {
    const world = openWorld()
    const mapped = ecsOption(2, 120, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 168, 126, 63])
    world.ask({ name: 'a1105.cdn.example', edns: { options: [mapped] } })
    expect(scopesOf(world)).toEqual([`2/${96 + world.scopeOf('168.126.63.0')} x1`])
  })

  it('a query without the option, or with one that is FORMERR, counts for none', () => {
    const world = openWorld()
    world.ask({ name: 'a1105.cdn.example', edns: { options: [] } })
    world.ask({ name: 'a1105.cdn.example', edns: { options: [ecsOption(3, 8, [1])] } })
    expect(scopesOf(world)).toEqual([])
  })
})

describe('the time of answers', () => {
  /** A world whose stopwatch reads every answer as so many microseconds long. */
  const timed = (micros: number) => {
    let now = 0
    let readings = 0
    const world = openWorld({
      stopwatch: () => {
        if (readings++ % 2 === 1) now += micros / 1000
        return now
      },
    })
    return { world, readings: () => readings }
  }
  const askTimes = (world: World, count: number, transport: Transport = Transport.Udp) => {
    for (let i = 0; i < count; i++) world.ask({ name: 'www.example.com' }, { transport })
  }

  it('is taken of one in 97, from octets to octets', () => {
    const { world, readings } = timed(3)
    askTimes(world, 96)
    expect(readings()).toBe(0)
    askTimes(world, 1 + 97 * 2)
    expect(readings()).toBe(6)
    const { buckets, sum } = world.read().answerTimes
    expect(buckets).toEqual([0, 0, 3, ...ANSWER_TIME_BOUNDS.slice(2).map(() => 0)])
    expect(sum).toBeCloseTo(9e-6, 12)
  })

  test.each([
    [1, 0],
    [1.1, 1],
    [9_999, 12],
    [10_001, 13],
  ])('%d us fall into bucket %d', (micros, bucket) => {
    const { world } = timed(micros)
    askTimes(world, 97, Transport.Tcp)
    expect(world.read().answerTimes.buckets.indexOf(1)).toBe(bucket)
  })

  it('silence is timed as well, and a world without a stopwatch takes no time', () => {
    const { world, readings } = timed(3)
    for (let i = 0; i < 97; i++) world.exchange(new Uint8Array(3))
    expect(readings()).toBe(2)
    const plain = openWorld()
    askTimes(plain, 200)
    expect(plain.read().answerTimes).toEqual({ buckets: [0, ...ANSWER_TIME_BOUNDS].map(() => 0), sum: 0 })
  })
})
