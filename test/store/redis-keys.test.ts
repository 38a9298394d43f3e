import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { formatPrefix } from '../../src/base/prefix.ts'
import { HEALTH_CAUSES, MOST_VERDICTS } from '../../src/model/health.ts'
import { createStore } from '../../src/store/create.ts'
import {
  CHANGE_KINDS,
  CHANGES,
  CHANGES_KEPT,
  KEYS,
  ROWS_PER_CHANGE,
  VERDICTS_PER_CHANGE,
} from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import {
  demandReport,
  demandTable,
  health,
  intent,
  node,
  plan,
  Recorder,
  row,
  systemClock,
  verdict,
} from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const PAGE = readFileSync(new URL('../../docs/redis-keys.md', import.meta.url), 'utf8')
const TTLS: Record<string, number | null | 'lease' | 'report'> = {
  '24 h': 24 * 3600_000,
  '15 min': 900_000,
  '10 min': 600_000,
  '5 min': 300_000,
  '1 min': 60_000,
  none: null,
  'as the holder asks': 'lease',
  'as reported': 'report',
}

/** Cells of the rows of the table that begins with the given heading. */
function table(heading: string): string[][] {
  const lines = PAGE.slice(PAGE.indexOf(`| ${heading} |`)).split('\n')
  const rows = lines.slice(2, lines.indexOf(''))
  return rows.map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}
const RULE = /ACL (SETUSER .*)/.exec(PAGE)![1]!
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(match => match[1]!)

describe('docs/redis-keys.md', () => {
  it('lists the keys of the schema, their types, TTLs and fields, and no others', () => {
    const described = table('key').map(([pattern, type, ttl, fields]) => ({
      pattern: quoted(pattern!)[0],
      type,
      ttlMs: TTLS[ttl!],
      fields: quoted(fields!),
    }))
    expect(described).toEqual(KEYS)
  })

  it('has a section with an example for every key, and none for what is no key', () => {
    const sections = PAGE.split('\n## ').slice(1)
    const headings = sections.flatMap(section => quoted(section.slice(0, section.indexOf('\n'))))
    expect(headings).toEqual(KEYS.map(({ pattern }) => pattern))
    for (const section of sections) expect(section).toContain('```')
  })

  it('lists the kinds of changes and the bounds of the stream', () => {
    expect(table('kind').map(([kind]) => quoted(kind!)[0])).toEqual([...CHANGE_KINDS])
    expect(PAGE).toContain(`about ${CHANGES_KEPT} entries`)
    expect(PAGE).toContain(`up to ${ROWS_PER_CHANGE} lines`)
    expect(PAGE).toContain(`up to ${VERDICTS_PER_CHANGE} lines of what has changed`)
    expect(PAGE).toContain(`at most ${MOST_VERDICTS} verdicts`)
    for (const cause of HEALTH_CAUSES) expect(PAGE).toContain(`\`${cause}\``)
  })
})

describe.skipIf(missing('redis-server'))('what the store really writes', () => {
  let redis: RedisServer
  let store: Store
  const recorder = new Recorder()
  beforeAll(async () => {
    redis = await startRedis()
    expect(await redis.command('ACL', ...RULE.split(' '))).toContain('+OK')
    const url = `redis://kingcdn:secret@127.0.0.1:${redis.port}`
    store = createStore(url, { stateDir: '', clock: systemClock, log: () => undefined })
    await store.open(recorder)
    await until('it to be ready', () => recorder.ready > 0)
    const lease = (await store.acquireLease('ns1', 6_000))!
    const seen = row('192.0.2.0/24', 'icn-kt', 3.5, { source: 'passive' })
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3.125), seen])
    await store.putIntent('icn-kt', intent('icn-kt'))
    const caller = { by: 'ops@host', from: 'cli', at: millis(Date.now()), subject: 'icn-kt' }
    await store.putAudit({ ...caller, action: 'drain', what: 'to 100 %', outcome: 'done', why: '' })
    await store.putLoad({ cluster: 'icn-kt', value: 1, at: millis(Date.now()) })
    await store.putLoad({ cluster: 'icn-kt', server: 'icn-kt-1', value: 1, at: millis(Date.now()) })
    await store.putNode(node('ns1'))
    await store.putHealth(health('icn-m1', { verdicts: [verdict('icn-kt-1/4')] }))
    await store.putCounted('ns1', demandTable({ '192.0.2.0/24': 1 }))
    await store.putReport(demandReport({ '192.0.2.0/24': 1 }))
    await store.putDemand(demandTable({ '192.0.2.0/24': 1 }))
    await store.probing.putResolvers('ns1', { at: millis(Date.now()), rows: [{ address: '192.0.2.1', qps: 1 }] })
    await store.probing.joinProbers('icn-kt', 'edge7-4711', 10_000)
    expect(await store.publishPlan(plan(lease.token, 1))).toBe('published')
    await until('the plan', () => recorder.plans.length === 1)
  })
  afterAll(async () => {
    await store?.close()
    await redis?.stop()
  })

  const patternOf = (key: string): string =>
    key
      .replace('192.0.2.0/24', '<prefix>')
      .replace('load:icn-kt/icn-kt-1', 'load:<cluster>/<server>')
      .replace('load:icn-kt', 'load:<cluster>')
      .replace('node:ns1', 'node:<node>')
      .replace('health:icn-m1', 'health:<monitor>')
      .replace('counted:ns1', 'counted:<node>')
      .replace('seen:ns1', 'seen:<node>')
      .replace('probers:icn-kt', 'probers:<cluster>')
      .replace(/table:[0-9a-f]{32}/, 'table:<id>')
  const words = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(match => match[1]!)

  it('is every key of the schema and nothing else, with the type and the TTL it says', async () => {
    const keys = words(await redis.command('KEYS', '*'))
    expect(keys.map(patternOf).sort()).toEqual(KEYS.map(({ pattern }) => pattern).sort())
    for (const key of keys) {
      const spec = KEYS.find(({ pattern }) => pattern === patternOf(key))!
      expect(await redis.command('TYPE', key)).toBe(`+${spec.type}\r\n`)
      const ttl = Number((await redis.command('PTTL', key)).slice(1))
      const most = spec.ttlMs === 'lease' ? 6_000 : spec.ttlMs === 'report' ? 3600_000 : (spec.ttlMs ?? -1)
      expect(ttl).toBeLessThanOrEqual(most)
      expect(ttl).toBeGreaterThan(most === -1 ? -2 : most - 60_000)
    }
  })

  it('has the fields it says', async () => {
    expect(words(await redis.command('HKEYS', 'kingcdn:rtt:192.0.2.0/24')).sort()).toEqual(['icn-kt', 'icn-kt/passive'])
    expect(words(await redis.command('HKEYS', 'kingcdn:{fleet}:plan')).sort()).toEqual(['plan', 'seq', 'token'])
    const names = words(await redis.command('HKEYS', 'kingcdn:{fleet}:health:icn-m1')).sort()
    expect(names).toEqual(['at', 'blind', 'icn-kt-1/4', 'place'])
    const [figures] = words(await redis.command('HVALS', 'kingcdn:rtt:192.0.2.0/24'))
    expect(figures).toMatch(/^\d{13} 3\.125 1\.5 0\.01 100 import$/)
    const entries = words(await redis.command('XRANGE', CHANGES, '-', '+'))
    expect(entries.filter((_, i) => entries[i - 1] === 'kind')).toEqual([
      'created',
      'rtt',
      'intent',
      'load',
      'load',
      'node',
      'health',
      'demand',
      'plan',
    ])
  })

  it('needs every right of the page, and gets by without any other', async () => {
    await store.readMeasurements()
    await Promise.all([
      store.readIntents(),
      store.readPlan(),
      store.readCounted(),
      store.readReport(),
      store.intentMark(),
    ])
    await Promise.all([store.readAudit(millis(0), 9), store.probing.readResolvers(), store.readDemand('0'.repeat(32))])
    await store.putIntent('nrt-ix', null)
    await store.putHealth(health('icn-m1', { whole: false, verdicts: [] }))
    await store.putReport(null)
    await store.releaseLease((await store.acquireLease('ns1', 6_000))!)
    expect(await redis.command('ACL', 'LOG')).toBe('*0\r\n')
    const denied = async (...command: string[]) =>
      (await redis.command('ACL', 'DRYRUN', 'kingcdn', ...command)).includes('no permissions')
    for (const command of [['FLUSHALL'], ['KEYS', '*'], ['CONFIG', 'GET', '*'], ['GET', 'other'], ['ACL', 'WHOAMI']])
      expect(await denied(...command)).toBe(true)
    const used = await redis.command('INFO', 'commandstats')
    const granted = [...RULE.matchAll(/\+(\w+)/g)].map(match => match[1]!).filter(name => name !== 'select')
    expect(granted.filter(name => !used.includes(`cmdstat_${name}:`))).toEqual([])
  })

  it('reads what edges saw also where it once stood, and nothing else where it stands', async () => {
    const key = 'kingcdn:rtt:203.0.113.0/24'
    const now = Date.now()
    await redis.command('HSET', key, 'a', `${now} 3 1 0 5 passive`, 'b/passive', `${now} 4 1 0 5 passive`)
    await redis.command('HSET', key, 'c/passive', `${now} 5 1 0 5 probe`, 'd/', `${now} 5 1 0 5 probe`)
    const before = store.skipped
    const rows = (await store.readMeasurements()).filter(({ prefix }) => formatPrefix(prefix) === '203.0.113.0/24')
    expect(rows.map(({ cluster, source, rttMs }) => [cluster, source, rttMs])).toEqual([
      ['a', 'passive', 3],
      ['b', 'passive', 4],
    ])
    expect(store.skipped - before).toBe(2)
    await store.putMeasurements([row('203.0.113.0/24', 'a', 7, { source: 'passive' })])
    const seen = (await store.readMeasurements()).filter(each => each.cluster === 'a' && each.source === 'passive')
    expect(seen.map(({ rttMs }) => rttMs)).toContain(7)
    await redis.command('DEL', key)
  })

  it('keeps small hashes packed, whatever the figures', async () => {
    const worst = { rttVarMs: 12345.678, loss: 0.123456, samples: 1e9, source: 'passive' as const }
    await store.putMeasurements(Array.from({ length: 8 }, (_, i) => row('198.51.100.0/24', `c${i}`, 59999.999, worst)))
    expect(await redis.command('OBJECT', 'ENCODING', 'kingcdn:rtt:198.51.100.0/24')).toMatch(/listpack|ziplist/)
  })
})
