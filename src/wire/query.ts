import { Class } from './constants.ts'
import { MAX_NAME_OCTETS } from './name.ts'

/**
 * One query, taken apart: one object per worker, written anew by every `decodeQuery`. Offsets count in the message it came from,
 * which must not change while the query is in use.
 */
export interface Query {
  /** Of the message it came from. */
  view: DataView
  /** 0..65535 */
  id: number
  /** The second 16-bit word of the header: see `Flag`. */
  flags: number
  /** The RCODE of a rejected message, 0..4095. */
  rcode: number
  /** The question in lower case, wire form; the first `nameLength` octets, and zeros up to the next multiple of four. */
  readonly name: Uint8Array
  /** The same octets: four at a time in the order of the machine, so good for nothing but comparing; and for writing four at a time. */
  readonly nameWords: Int32Array
  readonly nameView: DataView
  /** 1..255; 0 = no question could be read. */
  nameLength: number
  /** A hash of the name, and of `hashSeed`: any 32-bit number that others cannot know. */
  nameHash: number
  readonly hashSeed: number
  qtype: number
  qclass: number
  /** An OPT record was there: the reply carries one too (RFC 6891 section 6.1.1). */
  edns: boolean
  /** UDP payload the client can take, at least 512. */
  payload: number
  /** The DO bit (RFC 3225). */
  dnssecOk: boolean
  /** The client asks for the server's identity (RFC 5001). */
  nsid: boolean
  /** Offset of the client cookie, 8 octets (RFC 7873); 0 = no COOKIE option, -1 = one of a length that none can have. */
  cookieAt: number
  /** Octets of the server cookie behind it, 8..32; 0 = none. */
  serverCookieLength: number
  /** The client asks how long the connection may be idle (RFC 7828). */
  keepalive: boolean
  /** The reply is to be padded (RFC 7830). */
  padding: boolean
  /** Offset of the FAMILY field of the ECS option; 0 = none. */
  ecsAt: number
  /** Octets of the ECS option after its length field, 4..20. */
  ecsLength: number
  /** 4 or 6; 0 = nothing to locate: no option, or SOURCE PREFIX-LENGTH 0. */
  ecsFamily: 0 | 4 | 6
  /** The ECS option has FAMILY 2 and an IPv4-mapped address: `ecsFamily` is 4, and scopes count from the start of the IPv6 address. */
  ecsMapped: boolean
  /** Octets 0..3 and 4..7 of the ECS address as unsigned 32-bit numbers. */
  ecsHi: number
  ecsLo: number
}

export function newQuery(hashSeed = 0): Query {
  const name = new Uint8Array(MAX_NAME_OCTETS + 1)
  return {
    view: new DataView(name.buffer),
    id: 0,
    flags: 0,
    rcode: 0,
    name,
    nameWords: new Int32Array(name.buffer),
    nameView: new DataView(name.buffer),
    nameLength: 0,
    nameHash: 0,
    hashSeed,
    qtype: 0,
    qclass: Class.IN,
    edns: false,
    payload: 512,
    dnssecOk: false,
    nsid: false,
    cookieAt: 0,
    serverCookieLength: 0,
    keepalive: false,
    padding: false,
    ecsAt: 0,
    ecsLength: 0,
    ecsFamily: 0,
    ecsMapped: false,
    ecsHi: 0,
    ecsLo: 0,
  }
}
