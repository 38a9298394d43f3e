/** RR TYPE numbers that the program itself speaks of (IANA DNS parameters; the registry in `registry.ts` knows their codecs). */
export const RrType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NXNAME: 128,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const

/**
 * True for types that only occur in questions or are made up on the wire (RFC 6895 section 3.1: Q-TYPEs and meta-TYPEs): none may stand in a zone.
 * OPT lies outside their range.
 */
export function isMetaType(type: number): boolean {
  return type === RrType.OPT || type === 0 || (type >= 128 && type <= 255)
}
