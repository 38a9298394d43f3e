/**
 * Longest datagram that is read and longest reply, octets, over every UDP transport. No query comes near it: it is the largest EDNS payload
 * size that is of use (RFC 6891 section 6.2.5). Of a longer datagram the first octets are read; its last record then ends outside the
 * message, and the answer is FORMERR.
 */
export const DATAGRAM_OCTETS = 4096
