import { Class, Rcode } from '../../wire/constants.ts'
import { Outcome } from '../../zone/outcome.ts'
import type { Exchange } from '../exchange.ts'
import { ResponseClass } from './response-class.ts'

/** The class of the finished reply. */
export function classOf({ rcode, query, lookup, name }: Exchange): ResponseClass {
  if (rcode === Rcode.NXDOMAIN) return ResponseClass.NxDomain
  if (rcode !== Rcode.NOERROR) return ResponseClass.Error
  // Nothing was looked up: what `lookup` says is of an earlier query.
  if (query.nameLength === 0 || query.qclass !== Class.IN) return ResponseClass.Other
  // A chain that stops before a service's name says nothing of that name, whatever the lookup found there.
  const stopped = name.hop > 0 && lookup.routed >= 0
  if (lookup.outcome === Outcome.NoData && !stopped) return ResponseClass.NoData
  if (lookup.outcome === Outcome.Delegation) return ResponseClass.Referral
  return name.from > 0 ? ResponseClass.Alias : ResponseClass.Answer
}

/**
 * The imputed name: a number that stands for what all responses of one bucket have in common, so that random names asked for cannot make
 * random buckets. Which numbers there are is up to the zones: after they were read anew a number may stand for another name, and a bucket
 * may pass to it for as long as the window lasts.
 */
export function imputedName({ lookup, name }: Exchange, kind: ResponseClass): number {
  switch (kind) {
    case ResponseClass.Answer:
    case ResponseClass.Referral:
      return lookup.node
    case ResponseClass.Alias:
      // The place of the CNAME's rdata: the same for all names that a wildcard stands in for.
      return name.from
    case ResponseClass.NoData:
    case ResponseClass.NxDomain:
      return lookup.zone
    default:
      return 0
  }
}
