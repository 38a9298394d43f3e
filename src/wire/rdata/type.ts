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

/** Read, as other programs write them in type bit maps, but shown as `TYPEnnn`, which everyone reads. */
const OTHER_MNEMONICS: Readonly<Record<string, number>> = {
  ...{ MD: 3, MF: 4, MB: 7, MG: 8, MR: 9, NULL: 10, WKS: 11, MINFO: 14, X25: 19, ISDN: 20, RT: 21, NSAP: 22 },
  ...{ 'NSAP-PTR': 23, SIG: 24, KEY: 25, PX: 26, GPOS: 27, NXT: 30, EID: 31, NIMLOC: 32, ATMA: 34, A6: 38, SINK: 40 },
  ...{
    HIP: 55,
    NINFO: 56,
    RKEY: 57,
    TALINK: 58,
    DSYNC: 66,
    HHIT: 67,
    BRID: 68,
    UINFO: 100,
    UID: 101,
    GID: 102,
    UNSPEC: 103,
  },
  ...{ NID: 104, L32: 105, L64: 106, LP: 107, MAILB: 253, MAILA: 254, AVC: 258, DOA: 259, AMTRELAY: 260 },
  ...{ RESINFO: 261, WALLET: 262, CLA: 263, IPN: 264, TA: 32768, DLV: 32769 },
}

const NUMBERS = new Map<string, number>(
  Object.entries({ ...RrType, ...OTHER_MNEMONICS }).flatMap(([name, code]) => [
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
