import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Trail } from '../../src/model/trail.ts'
import { rdataOf } from '../fixture/dig.ts'
import { Capture, fieldOf, readDnstap } from '../fixture/dnstap.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

type Line = Record<string, unknown>

let server: Nameserver
let capture: Capture
const at = (name: string): string => join(server.folder, name)

const linesOf = (name: string): Line[] =>
  !existsSync(at(name))
    ? []
    : readFileSync(at(name), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as Line)

const lineAbout = (file: string, name: string): Promise<Line> =>
  until(`a line about ${name} in ${file}`, () => linesOf(file).find(line => line.name === name) ?? null)

/** Sum of the series of `kingcdn_log_records_total` with these labels. */
async function counted(log: string, outcome: string): Promise<number> {
  const { logs } = (await server.status()) as unknown as { logs: Record<string, Record<string, number>> }
  return logs[log]![outcome]!
}

/** Writes the configuration anew and lets the server read it. */
async function reload(edit: (log: Line) => void): Promise<void> {
  const config = parse(readFileSync(server.configFile, 'utf8')) as { log: Line }
  edit(config.log)
  writeFileSync(server.configFile, stringify(config))
  const accepted = server.output().split('reload accepted').length
  server.process.kill('SIGHUP')
  await until('the reload', () => server.output().split('reload accepted').length > accepted)
}

describe.skipIf(missing('dig', 'fstrm_capture', 'dnstap-ldns'))('a nameserver that logs queries', () => {
  beforeAll(async () => {
    server = await startNameserver({
      edit: config => {
        config.log = {
          queries: { file: 'queries.jsonl' },
          decisions: { file: 'decisions.jsonl' },
          dnstap: { socket: 'tap.sock', identity: 'ns-test' },
        }
      },
    })
    capture = await Capture.start(at('tap.sock'), at('first.fstrm'))
    await until('the reader to be found', async () => (await server.status()).alarms.length === 0)
  }, 60_000)
  afterAll(async () => {
    capture.kill()
    await discard(server)
  })

  test('writes a line for each query', async () => {
    const reply = await server.dig('video.netcinema.com', 'A', '+tcp', '+subnet=198.51.100.0/24')
    const line = await lineAbout('queries.jsonl', 'video.netcinema.com.')
    expect(line).toMatchObject({ client: '127.0.0.1', transport: 'tcp', type: 'A', class: 'IN', rcode: 'NOERROR' })
    expect(line).toMatchObject({ flags: ['qr', 'aa'], ecs: '198.51.100.0/24' })
    expect(line.size).toBe(Number(/MSG SIZE {2}rcvd: (\d+)/.exec(reply.text)?.[1]))
    expect(line.port).toBeGreaterThan(0)
    expect(line.micros).toBeGreaterThan(0)
    expect(Math.abs(Date.parse(line.time as string) - Date.now())).toBeLessThan(60_000)
  })

  test('writes names that nobody expects as one line of JSON', async () => {
    await server.dig('a\\010b\\034\\\\\\255.netcinema.com', 'TXT')
    const line = await lineAbout('queries.jsonl', 'a\\010b\\"\\092\\255.netcinema.com.')
    expect(line).toMatchObject({ type: 'TXT', rcode: 'NXDOMAIN' })
  })

  test('writes why a routed answer is what it is, as explain tells it', async () => {
    const subnet = '168.126.63.0/24'
    const { services } = await server.status()
    const { cdnName } = services[0]!
    const serves = async () => (await server.status()).snapshot
    await until('the whole map', async () => (await serves()).from === 'compiled' && !(await serves()).coarse, 30_000)
    const { reply, line } = await until('a decision that is still in force', async () => {
      const reply = await server.dig(cdnName, 'A', `+subnet=${subnet}`)
      const lines = await until('its line', () => linesOf('decisions.jsonl').filter(({ name }) => name === cdnName))
      const line = lines.at(-1)
      const { generation, epoch } = await serves()
      return line?.generation === generation && line.epoch === epoch && { reply, line }
    })
    const query = new URLSearchParams({ name: cdnName, type: 'A', client: subnet })
    const trail = (await (await fetch(`${server.url}/v1/explain?${query}`)).json()) as Trail
    const { snapshot } = await server.status()
    expect(line).toMatchObject({
      service: trail.service,
      cluster: trail.cluster,
      ecs: subnet,
      source: trail.client.source,
    })
    expect(line).toMatchObject({
      scope: reply.scope,
      ttl: trail.ttl,
      generation: trail.snapshot,
      epoch: snapshot.epoch,
    })
    expect([...(line.answers as string[])].sort()).toEqual(rdataOf(reply, 'A'))
    expect(line.reason).toBe('first-choice')
  })

  test('sends dnstap to a reader, with the octets of query and response', async () => {
    const reply = await server.dig('tap.netcinema.com', 'A', '+tcp')
    await lineAbout('queries.jsonl', 'tap.netcinema.com.')
    const records = (await capture.stop()).filter(record => record.includes('tap.netcinema.com.'))
    expect(records.map(record => fieldOf(record, 'type'))).toEqual(['MESSAGE', 'MESSAGE'])
    expect(records.map(record => /message:\n\s+type: (\S+)/.exec(record)?.[1])).toEqual(['AUTH_QUERY', 'AUTH_RESPONSE'])
    for (const record of records) {
      expect(fieldOf(record, 'identity')).toBe('ns-test')
      expect(fieldOf(record, 'version')).toMatch(/^kingcdn /)
      expect(fieldOf(record, 'socket_family')).toBe('INET')
      expect(fieldOf(record, 'socket_protocol')).toBe('TCP')
      expect(fieldOf(record, 'query_address')).toBe('127.0.0.1')
      expect(Number(fieldOf(record, 'query_port'))).toBeGreaterThan(0)
    }
    expect(records[0]).toContain('tap.netcinema.com.\tIN\tA')
    expect(records[1]).toContain(`rcode: ${reply.status}`)
    expect(records[1]).toContain('SOA')
  })

  test('loses and counts while the reader is away, and finds the next one', async () => {
    await until('the reader to be missed', async () => (await server.status()).alarms.some(a => a.includes('tap.sock')))
    await server.dig('lost.netcinema.com', 'A')
    await until('the loss to be counted', async () => (await counted('dnstap', 'lost')) >= 2)
    capture = await Capture.start(at('tap.sock'), at('second.fstrm'))
    await until('the next reader to be found', async () => (await server.status()).alarms.length === 0, 20_000)
    const written = await counted('dnstap', 'written')
    await server.dig('found.netcinema.com', 'A')
    await until('the records to be sent', async () => (await counted('dnstap', 'written')) >= written + 2)
    const records = await capture.stop()
    expect(records.filter(record => record.includes('found.netcinema.com.'))).toHaveLength(2)
    expect(records.filter(record => record.includes('lost.netcinema.com.'))).toHaveLength(0)
  })

  test('leaves a file that was moved away, at SIGHUP', async () => {
    const before = linesOf('queries.jsonl').length
    renameSync(at('queries.jsonl'), at('queries.jsonl.old'))
    await reload(() => undefined)
    await server.dig('after.netcinema.com', 'A')
    await lineAbout('queries.jsonl', 'after.netcinema.com.')
    expect(linesOf('queries.jsonl')).toHaveLength(1)
    expect(linesOf('queries.jsonl.old')).toHaveLength(before)
  })

  test('writes dnstap to a file that dnstap-ldns reads, and cuts addresses, once a reload says so', async () => {
    await reload(log => {
      log.clients = 'block'
      log.dnstap = { file: 'tap.fstrm', what: 'responses' }
      delete log.decisions
    })
    await server.dig('block.netcinema.com', 'A', '+tcp', '+subnet=198.51.100.77/32')
    expect(await lineAbout('queries.jsonl', 'block.netcinema.com.')).toMatchObject({
      client: '127.0.0.0',
      ecs: '198.51.100.0/24',
    })
    expect((await lineAbout('queries.jsonl', 'block.netcinema.com.')).port).toBeUndefined()
    expect(await server.stop()).toBe(0)
    const records = readDnstap(at('tap.fstrm'))
    expect(records).toHaveLength(1)
    expect(fieldOf(records[0]!, 'query_address')).toBe('127.0.0.0')
    expect(records[0]).toContain('block.netcinema.com.')
  })
})
