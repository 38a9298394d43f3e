/**
 * What a zone says of a (name, type): the cases of RFC 1034 section 4.3.2 as small integers, so that a lookup allocates nothing.
 */
export const Outcome = {
  /** An RRset of the type stands at the name (or at the wildcard that covers it). */
  Hit: 0,
  /** The name exists, the type does not: `soa`. */
  NoData: 1,
  /** The name does not exist: `soa`. */
  NxDomain: 2,
  /** Below a zone cut: `rrset` is the NS RRset, `cut` its owner. AA = 0. */
  Delegation: 3,
  /** A CNAME stands at the name: `rrset`. The conductor restarts with its target. */
  FollowCname: 4,
  /** A DNAME stands above the name: `rrset`, owner `cut`. The conductor synthesises a CNAME (RFC 6672). */
  FollowDname: 5,
  /** The name belongs to a service: `routed` is its number, the type is one of those the service answers. */
  Routed: 6,
  /** No zone of ours holds the name: REFUSED. */
  NotOurs: 7,
  /** The zone is configured but did not load: SERVFAIL. */
  Broken: 8,
  /** QTYPE ANY at an existing name: `node`; the conductor chooses what to show (RFC 8482). */
  Any: 9,
  /** CNAMEs stand at the name, of which its service (`routed`) chooses one for the client: `rrset` has them all. For every type but RRSIG and NSEC. */
  Shared: 10,
} as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** The result of one lookup; one object per worker, written anew by every call. RRsets and nodes are indexes into the zone tables; -1 = none. */
export interface Lookup {
  outcome: Outcome
  /** Index of the zone that answers; -1 where there is none. */
  zone: number
  /** Node index of the matched owner (the wildcard's for a wildcard match); -1 if none. */
  node: number
  rrset: number
  /** SOA RRset of the zone; -1 for NotOurs and Broken. */
  soa: number
  /** Delegation and FollowDname: offset of the cut's or DNAME's owner name inside the query name, octets; else 0. */
  cut: number
  /** Number given to the service by the compiler, whatever the outcome at its owner (Routed, Shared, Hit, NoData, Any); -1 if the owner belongs to none. */
  routed: number
  /** True when a wildcard supplied the data. */
  wildcard: boolean
}

export function newLookup(): Lookup {
  return { outcome: Outcome.NotOurs, zone: -1, node: -1, rrset: -1, soa: -1, cut: 0, routed: -1, wildcard: false }
}
