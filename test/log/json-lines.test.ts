import { expect, test } from 'vitest'
import { JsonLines } from '../../src/log/json-lines.ts'
import { DECIDED_TARGET, type Decision, type Exchanged, NONE, newRingRecord } from '../../src/model/query-ring.ts'
import { buildQuery } from '../fixture/message.ts'
import { DECISION, exchangeOf, newRing } from './fixture.ts'

const { writer, reader } = newRing()

/** What the log writes of one exchange. */
function told(lines: JsonLines, exchange: Exchanged, decision: Decision | null = null) {
  let query = ''
  let decided = ''
  writer.put(1, exchange, decision)
  reader.drain(
    newRingRecord(),
    record => {
      query = lines.query(record)
      if (decision !== null) decided = lines.decision(record)
    },
    1,
  )
  const parsed = (line: string): Record<string, unknown> => {
    expect(line).toMatch(/^[\x20-\x7e]+\n$/)
    return JSON.parse(line) as Record<string, unknown>
  }
  return { query: parsed(query), decision: decided === '' ? null : parsed(decided) }
}

/** A reply to the query: header, question, records. */
function replyTo(query: Uint8Array, flags: number, records: readonly (readonly number[])[]): Uint8Array {
  let end = 12
  while (query[end] !== 0) end += query[end]! + 1
  const header = [query[0]!, query[1]!, flags >> 8, flags & 255, 0, 1, 0, records.length, 0, 0, 0, 0]
  return Uint8Array.from([...header, ...query.slice(12, end + 5), ...records.flat()])
}
const recordOf = (type: number, rdata: readonly number[]) => [
  ...[0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 20, rdata.length >> 8, rdata.length & 255],
  ...rdata,
]

const lines = new JsonLines(false)
lines.names = { services: ['music', 'video'], clusters: ['a', 'b', 'icn-kt'] }

test('a query: who, when, what, and the answer', () => {
  const query = buildQuery({ name: 'www.example.com', type: 1 })
  const reply = replyTo(query, 0x8500, [recordOf(1, [192, 0, 2, 1])])
  expect(told(lines, exchangeOf(query, reply)).query).toEqual({
    time: '2026-01-02T12:00:00.123Z',
    ...{ client: '192.0.2.77', port: 4711, transport: 'udp' },
    ...{ name: 'www.example.com.', type: 'A', class: 'IN', rcode: 'NOERROR', flags: ['qr', 'aa', 'rd'] },
    ...{ querySize: query.length, size: reply.length, micros: 12.345 },
  })
})

test('silence has no RCODE; of what cannot be read there is no name', () => {
  const query = buildQuery({ name: 'www.example.com', type: 1 })
  const silent = told(lines, exchangeOf(query, new Uint8Array(0))).query
  expect(silent).toMatchObject({ name: 'www.example.com.', size: 0 })
  expect(silent).not.toHaveProperty('rcode')
  const broken = Uint8Array.from([...query.slice(0, 12), 200, 1, 2, 3])
  expect(told(lines, exchangeOf(broken, new Uint8Array(0))).query).not.toHaveProperty('name')
  expect(told(lines, exchangeOf(new Uint8Array(3), new Uint8Array(0))).query).not.toHaveProperty('name')
})

test('a name of any octets is one line of JSON', () => {
  for (let octet = 0; octet < 256; octet++) {
    const head = buildQuery({ name: '.', type: 1 }).slice(0, 12)
    const query = Uint8Array.from([...head, 3, 0x61, octet, 0x62, 0, 0, 1, 0, 1])
    expect(told(lines, exchangeOf(query, new Uint8Array(0))).query.name).toMatch(/^a(.|\\.|\\\d{3})b\.$/)
  }
})

test('a decision: the service, the cluster, its addresses and why', () => {
  const query = buildQuery({ name: 'v.cdn.example', type: 1 })
  const reply = replyTo(query, 0x8400, [recordOf(1, [192, 0, 2, 1]), recordOf(1, [192, 0, 2, 2])])
  expect(told(lines, exchangeOf(query, reply), DECISION).decision).toEqual({
    time: '2026-01-02T12:00:00.123Z',
    ...{ client: '192.0.2.77', port: 4711, transport: 'udp', name: 'v.cdn.example.', type: 'A', source: 'ecs' },
    ...{ service: 'video', cluster: 'icn-kt', answers: ['192.0.2.1', '192.0.2.2'], reason: 'shed', ttl: 20 },
    ...{ generation: 7, epoch: 9 },
  })
})

test('a decision for a target, and one without a cluster', () => {
  const query = buildQuery({ name: 'v.cdn.example', type: 1 })
  const cname = [3, 0x66, 0x6f, 0x6f, 0xc0, 14]
  const reply = replyTo(query, 0x8400, [recordOf(5, cname)])
  const shared = told(lines, exchangeOf(query, reply), { ...DECISION, kind: DECIDED_TARGET, cluster: NONE }).decision!
  expect(shared).toMatchObject({ service: 'video', target: 'foo.cdn.example.' })
  for (const absent of ['cluster', 'reason', 'answers']) expect(shared).not.toHaveProperty(absent)
  expect(told(lines, exchangeOf(query, reply), { ...DECISION, cluster: NONE }).decision).not.toHaveProperty('cluster')
})

test('hints of an HTTPS record are among the addresses', () => {
  const query = buildQuery({ name: 'v.cdn.example', type: 65 })
  const hints = [0, 4, 0, 4, 192, 0, 2, 9, 0, 6, 0, 16, 0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 5]
  const reply = replyTo(query, 0x8400, [recordOf(65, [0, 1, 0, ...hints])])
  expect(told(lines, exchangeOf(query, reply), DECISION).decision!.answers).toEqual(['192.0.2.9', '2001:db8::5'])
})

test('`clients: block` leaves /24 and /56, and no port', () => {
  const blocks = new JsonLines(true)
  const query = buildQuery({ name: 'www.example.com', type: 1 })
  const of = (client: string) => told(blocks, exchangeOf(query, new Uint8Array(0), client)).query
  expect(of('192.0.2.77')).toMatchObject({ client: '192.0.2.0' })
  expect(of('192.0.2.77')).not.toHaveProperty('port')
  expect(of('2001:db8:1:2fff::1')).toMatchObject({ client: '2001:db8:1:2f00::' })
})

test('no reply, however broken, is more than its line', () => {
  const query = buildQuery({ name: 'www.example.com', type: 1 })
  const whole = replyTo(query, 0x8400, [recordOf(5, [0xc0, 45]), recordOf(65, [0, 1, 0, 0, 4, 0, 200, 1])])
  for (let length = 12; length <= whole.length; length++) {
    told(lines, exchangeOf(query, whole.slice(0, length)), DECISION)
  }
})
