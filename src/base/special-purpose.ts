import { containsPrefix, type Prefix, parsePrefix } from './prefix.ts'

/**
 * Blocks that are not globally reachable, from the IANA special-purpose address registries (RFC 6890, as updated).
 * An ECS address inside one says nothing about where a client is (RFC 7871 sections 10 and 11.3), unless the operator's own data cover it.
 * Disjoint; IPv6 lists what lies outside global unicast 2000::/3 as well.
 */
export const SPECIAL_PURPOSE: readonly Prefix[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
].map(text => parsePrefix(text)!)

/** The special-purpose block that contains the prefix, or null when it is globally reachable. */
export function specialPurposeBlock(prefix: Prefix): Prefix | null {
  return SPECIAL_PURPOSE.find(block => containsPrefix(block, prefix)) ?? null
}
