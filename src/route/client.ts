import type { Family } from '../base/ip.ts'
import { newOctets, type Octets } from '../base/octets.ts'

/** Who asks: the block of the ECS option and the resolver's own address, both as words 0 and 1 of the address in network order. */
export interface Client {
  /** Family of the ECS address; 0 = no usable ECS (absent, or SOURCE 0). IPv4-mapped addresses were unwrapped before. */
  ecsFamily: 0 | Family
  ecsHi: number
  /** 0 for IPv4. */
  ecsLo: number
  /** The resolver's own address. */
  family: Family
  hi: number
  /** 0 for IPv4. */
  lo: number
}

/** Whose block decided. Index into {@link CLIENT_SOURCES}. */
export const SOURCE_ECS = 0
export const SOURCE_RESOLVER = 1
/** The ECS address lies in a special-purpose block that nobody claims: it locates no one. */
export const SOURCE_ECS_NOT_ROUTABLE = 2
export type RoutingSource = typeof SOURCE_ECS | typeof SOURCE_RESOLVER | typeof SOURCE_ECS_NOT_ROUTABLE
export const CLIENT_SOURCES = ['ecs', 'resolver', 'resolver (ecs not routable)'] as const

/** Most addresses in one answer. */
export const MOST_ANSWERS = 8

/** One routed answer; one object per worker, written anew by every call of `route`. */
export interface Routing {
  /** Index of the chosen cluster; -1 when the answer has none (`whenAllDown` static or servfail). */
  cluster: number
  /** CHOSEN_* of balance: whether that cluster is taken for its health, in spite of it, or not at all. */
  choice: number
  /** ECS SCOPE to send: 0..24 or 0..56; 0 without ECS. */
  scope: number
  source: RoutingSource
  /** Index into REASONS of model/counters. */
  reason: number
  /** Row of the map that decided. */
  row: number
  /** Addresses given, 0..8. 0 means SERVFAIL and nothing else: an empty answer is never given. */
  count: number
  /** Servers behind the addresses, `count` of them; 0xffffffff for a static address. */
  readonly servers: Uint32Array
  /** `count` x 4 or 16 octets, in the order of the answer. */
  readonly addresses: Octets
  /** Seconds. */
  ttl: number
}

export function newRouting(): Routing {
  return {
    cluster: -1,
    choice: 0,
    scope: 0,
    source: SOURCE_RESOLVER,
    reason: 0,
    row: 0,
    count: 0,
    servers: new Uint32Array(MOST_ANSWERS),
    addresses: newOctets(MOST_ANSWERS * 16),
    ttl: 0,
  }
}
