import { expect, test } from 'vitest'
import { Answerer } from '../../src/answer/answerer.ts'
import { millis } from '../../src/base/brand.ts'
import { newOctets } from '../../src/base/octets.ts'
import { newPeer } from '../../src/base/peer.ts'
import { COUNTER_BYTES } from '../../src/model/counters.ts'
import type { Sampling } from '../../src/model/query-logs.ts'
import { newRingRecord } from '../../src/model/query-ring.ts'
import { QueryTap } from '../../src/worker/query-tap.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildQuery } from '../fixture/message.ts'
import { newRing } from '../log/fixture.ts'

const answerer = new Answerer({
  ...{ nsid: 'ns', ecs: true, maxPayload: 1232, idleMs: 1000, settings: BARE_SETTINGS, note: () => undefined },
  ...{ counters: new Float64Array(COUNTER_BYTES / 8), clock: { now: () => millis(0) } },
  secret: new Uint32Array([1, 2, 3, 4]),
})
const query = buildQuery({ name: 'www.example.com', type: 1 })
const message = newOctets(512)
message.set(query)
const out = newOctets(512)

/** Records of `count` queries by the bits of their logs. */
function sampled(sampling: Sampling, count: number): Record<number, number> {
  const { writer, reader } = newRing()
  const tap = new QueryTap(answerer, writer, 4711)
  tap.configure(sampling)
  const seen: Record<number, number> = {}
  const record = newRingRecord()
  for (let i = 0; i < count; i++) {
    expect(tap.answer(message, query.length, newPeer(), 0, out)).toBe(query.length)
    reader.drain(record, ({ logs }) => (seen[logs] = (seen[logs] ?? 0) + 1), 10)
  }
  return seen
}

test('off, nothing is put into the ring', () => {
  expect(sampled({ queries: 0, decisions: 0, dnstap: 0 }, 1_000)).toEqual({})
})

test('everything is everything, but decisions only where one was made', () => {
  expect(sampled({ queries: 1, decisions: 1, dnstap: 0 }, 1_000)).toEqual({ 1: 1_000 })
})

test('a share is that share, and the smaller sample lies in the larger', () => {
  const seen = sampled({ queries: 0.1, decisions: 0, dnstap: 0.4 }, 20_000)
  expect(Object.keys(seen).sort()).toEqual(['4', '5'])
  expect(seen[5]! / 20_000).toBeCloseTo(0.1, 1)
  expect((seen[4]! + seen[5]!) / 20_000).toBeCloseTo(0.4, 1)
})

test('the octets of query and reply are those that came and left', () => {
  const { writer, reader } = newRing()
  const tap = new QueryTap(answerer, writer, 1)
  tap.configure({ queries: 0, decisions: 0, dnstap: 1 })
  const peer = { ...newPeer(), hi: 0xc0000201, port: 99 }
  const written = tap.answer(message, query.length, peer, 1, out)
  const record = newRingRecord()
  expect(
    reader.drain(
      record,
      seen => {
        expect([...seen.query]).toEqual([...query])
        expect([...seen.reply]).toEqual([...out.subarray(0, written)])
        expect(seen).toMatchObject({ logs: 4, transport: 1, port: 99, family: 4, decided: false })
      },
      10,
    ),
  ).toBe(1)
})
