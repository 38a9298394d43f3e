/** Numbers of the DNS registries (IANA "Domain Name System Parameters"), only those that the program decides by. RR types: `rdata/type.ts`. */

/** Classes (RFC 1035 section 3.2.4). */
export const Class = { IN: 1, CH: 3, ANY: 255 } as const

/** Opcodes (RFC 1035 section 4.1.1). */
export const Opcode = { QUERY: 0, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const

/** RCODEs; those above 15 need an OPT record for their upper bits (RFC 6891 section 6.1.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  NOTAUTH: 9,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const

/** EDNS option codes. */
export const OptionCode = {
  NSID: 3,
  ECS: 8,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  EDE: 15,
} as const

/**
 * Options that may be known or not, by configuration and transport; one bit each. What is not known is ignored, however malformed
 * (RFC 6891 section 6.1.2). NSID is always known.
 */
export const Known = { ECS: 1, COOKIE: 2, KEEPALIVE: 4, PADDING: 8 } as const

/** Extended DNS Errors (RFC 8914 section 5.2, RFC 9824 for 30). -1 stands for "none" in the code. */
export const Ede = {
  None: -1,
  Other: 0,
  NotReady: 14,
  Prohibited: 18,
  NotAuthoritative: 20,
  /** "The authoritative server cannot answer with data for a zone it is otherwise configured to support." */
  InvalidData: 24,
  InvalidQueryType: 30,
} as const

/** Bits of the 16-bit flags word of the header (RFC 1035 section 4.1.1, RFC 4035 for AD and CD). */
export const Flag = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  Z: 0x0040,
  AD: 0x0020,
  CD: 0x0010,
  RCODE: 0x000f,
} as const

/** Bits of the EDNS flags, the lower half of the OPT record's TTL (RFC 3225). */
export const EdnsFlag = { DO: 0x8000 } as const

export const HEADER_OCTETS = 12
/** UDP payload that every client can take (RFC 1035 section 4.2.1, RFC 6891 section 6.2.3). */
export const PLAIN_UDP_OCTETS = 512
/** The length prefix of TCP has 16 bits. */
export const MAX_MESSAGE_OCTETS = 65535
