import { expect, test } from 'vitest'
import { DnstapFrames } from '../../src/log/dnstap.ts'
import type { DnstapSettings } from '../../src/model/query-logs.ts'
import { newRingRecord, type RingRecord } from '../../src/model/query-ring.ts'
import { exchangeOf, newRing } from './fixture.ts'

/** Fields of a message of Protocol Buffers, by number: varints and fixed32 as numbers, bytes as they are. Fields that come twice throw. */
function decode(message: Uint8Array): Map<number, number | Buffer> {
  const octets = Buffer.from(message)
  const fields = new Map<number, number | Buffer>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const octet = octets[at++]!
      value += (octet & 0x7f) * 2 ** shift
      if (octet < 0x80) return value
    }
  }
  const value = (wire: number): number | Buffer => {
    if (wire === 0) return varint()
    if (wire !== 2 && wire !== 5) throw new Error(`wire type ${wire}`)
    const length = wire === 5 ? 4 : varint()
    at += length
    return wire === 5 ? octets.readUInt32LE(at - 4) : octets.subarray(at - length, at)
  }
  while (at < octets.length) {
    const key = varint()
    if (fields.has(key >> 3)) throw new Error(`field ${key >> 3} comes twice`)
    fields.set(key >> 3, value(key & 7))
  }
  expect(at).toBe(octets.length)
  return fields
}

const QUERY = Uint8Array.from({ length: 40 }, (_, i) => i)
const REPLY = Uint8Array.from({ length: 300 }, (_, i) => 255 - (i & 0xff))
const AT = Date.UTC(2026, 0, 2, 12, 0, 0, 0) / 1000

/** The frames of one exchange, each as its outer and its inner fields. */
function framesOf(
  settings: Partial<DnstapSettings> = {},
  block = false,
  more: Partial<RingRecord> = {},
  client?: string,
) {
  const { writer, reader } = newRing()
  writer.put(4, exchangeOf(QUERY, REPLY, client), null)
  const taps = new DnstapFrames({ identity: 'ns1', what: 'all', ...settings }, 'kingcdn 1.2.3', block)
  const frames: { outer: Map<number, number | Buffer>; inner: Map<number, number | Buffer> }[] = []
  reader.drain(
    newRingRecord(),
    record =>
      taps.frames({ ...record, ...more }, frame => {
        const outer = decode(frame)
        frames.push({ outer, inner: decode(outer.get(14) as Buffer) })
      }),
    1,
  )
  return frames
}

test('query and response, each with what dnstap.proto wants of an authority', () => {
  const [query, response, ...rest] = framesOf()
  expect(rest).toEqual([])
  for (const { outer } of [query!, response!]) {
    expect([...outer.keys()]).toEqual([1, 2, 14, 15])
    expect([String(outer.get(1)), String(outer.get(2)), outer.get(15)]).toEqual(['ns1', 'kingcdn 1.2.3', 1])
  }
  const common = [
    [2, 1],
    [3, 1],
    [4, Buffer.from([192, 0, 2, 77])],
    [6, 4711],
    [8, AT],
    [9, 123_000_000],
  ] as const
  expect(query!.inner).toEqual(new Map<number, unknown>([[1, 1], ...common, [10, Buffer.from(QUERY)]]))
  expect(response!.inner).toEqual(
    new Map<number, unknown>([[1, 2], ...common, [12, AT], [13, 123_012_345], [14, Buffer.from(REPLY)]]),
  )
})

test('an IPv6 client over TCP and over TLS', () => {
  const address = Buffer.from('20010db8000000000000000000010002', 'hex')
  for (const [transport, protocol] of [
    [1, 2],
    [2, 3],
  ]) {
    const [{ inner }] = framesOf({}, false, { transport: transport! }, '2001:db8::1:2') as [
      ReturnType<typeof framesOf>[0],
    ]
    expect([inner.get(2), inner.get(3), inner.get(4)]).toEqual([2, protocol, address])
  }
})

test('a response that came in the next second, with less than a second of nanoseconds', () => {
  const [, response] = framesOf({}, false, { time: AT * 1000 + 999, took: 2_000_000 })
  expect([response!.inner.get(12), response!.inner.get(13)]).toEqual([AT + 1, 1_000_000])
})

test('only queries, only responses, and silence has none', () => {
  const types = (frames: ReturnType<typeof framesOf>) => frames.map(({ inner }) => inner.get(1))
  expect(types(framesOf({ what: 'queries' }))).toEqual([1])
  expect(types(framesOf({ what: 'responses' }))).toEqual([2])
  const { reply } = newRingRecord()
  expect(types(framesOf({}, false, { reply }))).toEqual([1])
  expect(types(framesOf({ what: 'responses' }, false, { reply }))).toEqual([])
})

test('clients as blocks: no port, and nothing behind /24 and /56', () => {
  const [four] = framesOf({}, true)
  expect([four!.inner.get(4), four!.inner.has(6)]).toEqual([Buffer.from([192, 0, 2, 0]), false])
  const [six] = framesOf({}, true, {}, '2001:db8:1:2ff::1')
  expect((six!.inner.get(4) as Buffer).toString('hex')).toBe('20010db8000102000000000000000000')
})
