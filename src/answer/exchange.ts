import type { Peer } from '../base/peer.ts'
import { newPeer } from '../base/peer.ts'
import type { DemandSketch } from '../model/demand-sketch.ts'
import type { LiveTable } from '../model/live-table.ts'
import type { ResolverSketch } from '../model/resolver-sketch.ts'
import { type Client, newRouting, type Routing } from '../route/client.ts'
import type { RouteTables } from '../route/tables.ts'
import { Ede, Rcode } from '../wire/constants.ts'
import { type OptSays, SERVER_COOKIE_OCTETS } from '../wire/opt-encode.ts'
import { newQuery, type Query } from '../wire/query.ts'
import { Reply } from '../wire/reply.ts'
import { type Lookup, newLookup, Outcome } from '../zone/outcome.ts'
import type { ZoneTables } from '../zone/tables.ts'
import type { ResponseClass } from './rate/response-class.ts'

export const Transport = { Udp: 0, Tcp: 1, Tls: 2 } as const
export type Transport = (typeof Transport)[keyof typeof Transport]

/** One generation of tables, as a worker has them open. */
export interface AnswerTables {
  readonly zones: ZoneTables
  readonly routes: RouteTables
  readonly live: LiveTable
  readonly generation: number
  /** By index of a zone, the number of its origin that outlives reloads; for counters. Left out: its index. */
  readonly zoneNumbers?: Uint32Array
}

/** A whole, lower-case wire name inside some bytes. */
export interface Position {
  bytes: Uint8Array
  from: number
  length: number
  /** CNAMEs followed to get here; 0 = this is the question's name. */
  hop: number
}

/** Everything the road from one query to its reply works on. One per worker; every query writes it anew. */
export interface Exchange {
  readonly query: Query
  readonly reply: Reply
  readonly lookup: Lookup
  readonly client: Client
  readonly routing: Routing
  /** Where routed answers are counted by client block; null: nowhere. */
  readonly demand: DemandSketch | null
  /** And by resolver; null: nowhere. */
  readonly resolvers: ResolverSketch | null
  readonly says: OptSays
  /** The name being looked up: the question's, later the target of the CNAME that was followed. */
  readonly name: Position
  transport: Transport
  peer: Peer
  /** What the rate limiter goes by, where the answer was remembered and not looked up; `kind` -1 = it was. */
  kind: ResponseClass | -1
  imputed: number
  /** Index of the zone that the question's name belongs to; -1 = none, or nobody has looked. */
  zone: number
  /** The RCODE the reply will have, 0..4095. */
  rcode: number
  /** The AA bit: for the first owner name of the answer (RFC 1035 section 4.1.1). */
  authoritative: boolean
  /** The TC bit: something the reply must have did not fit. */
  truncated: boolean
  /** The client has shown a server cookie of ours that is good: its address is its own (RFC 7873 section 5.2.5). */
  cookieGood: boolean
}

export const NO_TEXT = new Uint8Array(0)

/** `hashSeed`: see `Query`. */
export function newExchange(
  hashSeed = 0,
  demand: DemandSketch | null = null,
  resolvers: ResolverSketch | null = null,
): Exchange {
  return {
    demand,
    resolvers,
    query: newQuery(hashSeed),
    reply: new Reply(),
    lookup: newLookup(),
    client: { ecsFamily: 0, ecsHi: 0, ecsLo: 0, family: 4, hi: 0, lo: 0 },
    routing: newRouting(),
    says: {
      scope: 0,
      serverCookie: new DataView(new ArrayBuffer(SERVER_COOKIE_OCTETS)),
      ede: Ede.None,
      edeText: NO_TEXT,
    },
    name: { bytes: NO_TEXT, from: 0, length: 0, hop: 0 },
    transport: Transport.Udp,
    peer: newPeer(),
    kind: -1,
    imputed: 0,
    zone: -1,
    rcode: Rcode.NOERROR,
    authoritative: false,
    truncated: false,
    cookieGood: false,
  }
}

/** Forgets the former exchange; `x.query` holds the new query already. */
export function begin(x: Exchange, peer: Peer, transport: Transport): void {
  x.peer = peer
  x.transport = transport
  x.rcode = x.query.rcode
  x.authoritative = false
  x.truncated = false
  x.cookieGood = false
  x.kind = -1
  x.zone = -1
  forgetLookup(x)
  x.says.scope = 0
  x.says.ede = Ede.None
  x.says.edeText = NO_TEXT
}

/** A query that is turned away or answered without zones must not be taken for the one before: limits go by what was looked up. */
function forgetLookup({ lookup, name }: Exchange): void {
  lookup.outcome = Outcome.NotOurs
  lookup.zone = -1
  lookup.node = -1
  lookup.routed = -1
  name.from = 0
  name.hop = 0
}

/** Ends the exchange with an error: not authoritative, and the Extended DNS Error that says why. */
export function fail(x: Exchange, rcode: number, ede: number = Ede.None, text: Uint8Array = NO_TEXT): void {
  x.rcode = rcode
  x.authoritative = false
  x.says.ede = ede
  x.says.edeText = text
}
