import type { DnstapSettings } from '../model/query-logs.ts'
import type { RingRecord } from '../model/query-ring.ts'
import { clientOctets } from './client-text.ts'
import { ProtobufWriter } from './protobuf.ts'

/** What Frame Streams call the frames that are made here. */
export const DNSTAP_CONTENT = 'protobuf:dnstap.Dnstap'

/*
 * dnstap.proto, as far as it is used:
 *
 *   Dnstap  { 1 identity  2 version  14 message  15 type = MESSAGE }
 *   Message { 1 type  2 socket_family  3 socket_protocol  4 query_address  6 query_port  8 query_time_sec  9 query_time_nsec (fixed32)
 *             10 query_message  12 response_time_sec  13 response_time_nsec (fixed32)  14 response_message }
 */
const AUTH_QUERY = 1
const AUTH_RESPONSE = 2
const MESSAGE = 1
const FAMILY = { 4: 1, 6: 2 } as const
/** UDP, TCP, DNS over TLS; by transport of a record. */
const PROTOCOLS = [1, 2, 3] as const

/** Makes frames of records. A frame is lent until the next is made. */
export class DnstapFrames {
  readonly #identity: Buffer
  readonly #version: Buffer
  readonly #what: DnstapSettings['what']
  readonly #block: boolean
  readonly #inner = new ProtobufWriter()
  readonly #outer = new ProtobufWriter()

  /** `block`: clients are told of by /24 and /56, without ports. */
  constructor({ identity, what }: Pick<DnstapSettings, 'identity' | 'what'>, version: string, block: boolean) {
    this.#identity = Buffer.from(identity)
    this.#version = Buffer.from(version)
    this.#what = what
    this.#block = block
  }

  /** Hands on the frames of a record: the query, the response, or both. A query that got silence has no response. */
  frames(record: RingRecord, put: (frame: Uint8Array) => void): void {
    if (this.#what !== 'responses') put(this.#frame(record, AUTH_QUERY))
    if (this.#what !== 'queries' && record.reply.length > 0) put(this.#frame(record, AUTH_RESPONSE))
  }

  #frame(record: RingRecord, type: number): Uint8Array {
    const message = this.#inner
    message.begin()
    message.varint(1, type)
    message.varint(2, FAMILY[record.family])
    message.varint(3, PROTOCOLS[record.transport] ?? 1)
    message.bytes(4, clientOctets(record, this.#block))
    if (!this.#block) message.varint(6, record.port)
    const nanos = (record.time % 1000) * 1e6
    const seconds = Math.floor(record.time / 1000)
    message.varint(8, seconds)
    message.fixed32(9, nanos)
    if (type === AUTH_QUERY) message.bytes(10, record.query)
    else {
      const end = nanos + record.took
      message.varint(12, seconds + Math.floor(end / 1e9))
      message.fixed32(13, end % 1e9)
      message.bytes(14, record.reply)
    }
    return this.#wrap(message.message)
  }

  #wrap(message: Uint8Array): Uint8Array {
    const outer = this.#outer
    outer.begin()
    outer.bytes(1, this.#identity)
    outer.bytes(2, this.#version)
    outer.bytes(14, message)
    outer.varint(15, MESSAGE)
    return outer.message
  }
}
