/** Kinds of responses that are limited apart from each other; the first two are positive. Below 16: the number is part of a bucket's key. */
export const ResponseClass = {
  /** Data of a name; for a name that a wildcard stands in for, of the wildcard; below a DNAME, of the name it led to. */
  Answer: 0,
  /** A name that led on by a CNAME, wherever to. */
  Alias: 1,
  NoData: 2,
  NxDomain: 3,
  Referral: 4,
  /** Every other RCODE. */
  Error: 5,
  /** No zone was asked: class CH, or no question at all. */
  Other: 6,
} as const
export type ResponseClass = (typeof ResponseClass)[keyof typeof ResponseClass]
