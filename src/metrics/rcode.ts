import { RCODE_SLOTS } from '../model/counters.ts'

/** RCODE names of the IANA registry "DNS RCODEs", as far as this server or a test of it can meet them. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

/** Shown from the start with 0, so that the first one is seen by `rate()`; the others appear when they happen. */
export const SHOWN_RCODES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 16])

/** `NXDOMAIN`, `RCODE17`, `other` (above the last counted number). */
export function rcodeName(slot: number): string {
  if (slot >= RCODE_SLOTS - 1) return 'other'
  return NAMES[slot] ?? `RCODE${slot}`
}
