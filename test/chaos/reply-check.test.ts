import { describe, expect, it } from 'vitest'
import { buildQuery, wireName, word } from '../fixture/message.ts'
import { readReply } from './reply-check.ts'

const NAME = 'a1105.kingcdn.com'
const EDGES = new Map([
  ['127.11.1.1', { name: 'lhr-1', cluster: 'lhr' }],
  ['127.11.1.2', { name: 'lhr-2', cluster: 'lhr' }],
  ['127.11.2.1', { name: 'fra-1', cluster: 'fra' }],
])

/** A reply with these addresses; `flags`: second word of the header, QR AA NOERROR unless told. */
function reply(addresses: readonly string[], { flags = 0x8400, name = NAME, type = 1 } = {}): Uint8Array {
  const query = buildQuery({ name, flags })
  const records = addresses.flatMap(address => {
    const rdata = address.split('.').map(Number)
    return [...wireName(name, false), ...word(type), ...word(1), 0, 0, ...word(30), ...word(rdata.length), ...rdata]
  })
  const message = Uint8Array.from([...query, ...records])
  message[7] = addresses.length
  return message
}
const read = (bytes: Uint8Array) => readReply(bytes, NAME, EDGES)
const wrong = (what: string) => ({ kind: 'wrong', what: expect.stringContaining(what) as string })

describe('a reply', () => {
  it('is an answer when it has addresses of edges of one cluster', () => {
    expect(read(reply(['127.11.1.2', '127.11.1.1']))).toEqual({ kind: 'answer', edges: ['lhr-2', 'lhr-1'] })
  })

  it('is wrong when it is empty, foreign, of two clusters, cut, refused, of another question or no message', () => {
    expect(read(reply([]))).toEqual(wrong('empty'))
    expect(read(reply(['127.11.1.1', '192.0.2.1']))).toEqual(wrong('foreign record: a1105.kingcdn.com. 192.0.2.1'))
    expect(read(reply(['127.11.1.1'], { type: 16 }))).toEqual(wrong('foreign'))
    expect(read(reply(['127.11.1.1', '127.11.2.1']))).toEqual(wrong('several clusters'))
    expect(read(reply(['127.11.1.1'], { flags: 0x8600 }))).toEqual(wrong('cut'))
    expect(read(reply([], { flags: 0x8402 }))).toEqual(wrong('SERVFAIL'))
    expect(read(reply(['127.11.1.1'], { name: 'a2210.kingcdn.com' }))).toEqual(wrong('another question'))
    expect(read(reply(['127.11.1.1'], { flags: 0x0400 }))).toEqual(wrong('another question'))
    expect(read(reply(['127.11.1.1']).subarray(0, 50))).toEqual(wrong('no message'))
  })
})
