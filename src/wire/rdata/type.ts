/** RR TYPE numbers and their mnemonics (IANA DNS parameters). Which of them have a codec of their own says `registry.ts`. */
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
  AFSDB: 18,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const

const NUMBERS = new Map<string, number>(
  Object.entries(RrType).flatMap(([name, code]) => [
    [name, code],
    [name.toLowerCase(), code],
  ]),
)
const NAMES = new Map<number, string>(Object.entries(RrType).map(([name, code]) => [code, name]))

/** The number of a mnemonic or of `TYPEnnn` (RFC 3597 section 5), in any case; null when it is neither. */
export function typeNumber(text: string): number | null {
  const known = NUMBERS.get(text) ?? NUMBERS.get(text.toUpperCase())
  if (known !== undefined) return known
  const digits = /^TYPE(0|[1-9][0-9]{0,4})$/i.exec(text)?.[1]
  return digits !== undefined && Number(digits) <= 65535 ? Number(digits) : null
}

/** The mnemonic, or `TYPEnnn` where there is none. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${type}`
}

/**
 * True for types that only occur in questions or are made up on the wire (RFC 6895 section 3.1: Q-TYPEs and meta-TYPEs): none may stand in a zone.
 * OPT lies outside their range.
 */
export function isMetaType(type: number): boolean {
  return type === RrType.OPT || type === 0 || (type >= 128 && type <= 255)
}
