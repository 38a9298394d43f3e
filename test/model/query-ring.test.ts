import { expect, test } from 'vitest'
import { newRingRecord, QUERY_RING_BYTES, QueryRing } from '../../src/model/query-ring.ts'
import { DECISION, exchangeOf, newRing } from '../log/fixture.ts'

const record = newRingRecord()
const COUNTING = Uint8Array.from({ length: 61_000 }, (_, i) => i & 0xff)
/** More records than a ring has room for. */
const MOST = 10_000
const bytes = (length: number, first: number) => COUNTING.subarray(first, first + length)

function drained(reader: QueryRing, most = 1_000_000): number[] {
  const firsts: number[] = []
  reader.drain(record, ({ query }) => firsts.push(query[0]!), most)
  return firsts
}

test('a record comes out as it was put in', () => {
  const { writer, reader } = newRing()
  expect(writer.put(5, exchangeOf(bytes(33, 1), bytes(70, 100), '2001:db8::1:2'), DECISION)).toBe(true)
  const seen = reader.drain(
    record,
    seen => {
      expect(seen).toMatchObject({ logs: 5, transport: 0, family: 6, port: 4711, took: 12_345, decided: true })
      expect(seen.time).toBe(Date.UTC(2026, 0, 2, 12, 0, 0, 123))
      expect([...seen.address]).toEqual([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2])
      expect(seen.decision).toEqual(DECISION)
      expect([...seen.query]).toEqual([...bytes(33, 1)])
      expect([...seen.reply]).toEqual([...bytes(70, 100)])
    },
    10,
  )
  expect(seen).toBe(1)
  writer.put(1, exchangeOf(bytes(12, 1), bytes(0, 0)), null)
  reader.drain(record, seen => expect(seen).toMatchObject({ family: 4, decided: false, logs: 1 }), 10)
  expect(record.reply).toHaveLength(0)
})

test('many times round the ring nothing is lost, torn or seen twice, whatever the sizes', () => {
  const { writer, reader } = newRing()
  let put = 0
  let got = 0
  for (let round = 0; round < 15; round++) {
    const room = () =>
      put < MOST &&
      writer.put(1, exchangeOf(bytes(12 + ((put * 7919) % 60_000), put & 0xff), bytes(put % 500, 3)), null)
    while (room()) put++
    reader.drain(
      record,
      ({ query, reply }) => {
        expect(query.length).toBe(12 + ((got * 7919) % 60_000))
        expect([query[0], query.at(-1)]).toEqual([got & 0xff, ((got & 0xff) + query.length - 1) & 0xff])
        expect(reply.length).toBe(got % 500)
        got++
      },
      100,
    )
  }
  expect(got).toBeGreaterThan(1_000)
  got += drained(reader).length
  expect(got).toBe(put)
})

test('a full ring takes nothing, counts it for each of its logs, and goes on when it was read', () => {
  const { writer, reader } = newRing()
  const exchange = exchangeOf(bytes(500, 1), bytes(500, 2))
  let put = 0
  while (put < MOST && writer.put(1, exchange, null)) put++
  expect(put).toBeGreaterThan(3_900)
  expect(put).toBeLessThan(MOST)
  expect(writer.put(6, exchange, null)).toBe(false)
  expect([reader.lost(0), reader.lost(1), reader.lost(2)]).toEqual([1, 1, 1])
  expect(drained(reader)).toHaveLength(put)
  expect(writer.put(1, exchange, null)).toBe(true)
})

test('a visit that throws is not made again', () => {
  const { writer, reader } = newRing()
  for (const first of [1, 2, 3]) writer.put(1, exchangeOf(bytes(20, first), bytes(20, 0)), null)
  const fault = () => {
    throw new Error('fault')
  }
  expect(() => reader.drain(record, fault, 10)).toThrow('fault')
  expect(drained(reader)).toEqual([2, 3])
})

test('a worker that starts on the ring of a dead one goes on where that one ended', () => {
  const memory = new SharedArrayBuffer(QUERY_RING_BYTES)
  new QueryRing(memory).put(1, exchangeOf(bytes(20, 1), bytes(20, 0)), null)
  new QueryRing(memory).put(1, exchangeOf(bytes(20, 2), bytes(20, 0)), null)
  expect(drained(new QueryRing(memory))).toEqual([1, 2])
})
