/**
 * Longest datagram that is read and longest reply, octets, over every UDP transport. No query comes near it: it is the largest EDNS payload
 * size that is of use (RFC 6891 section 6.2.5). Of a longer datagram the first octets are read; its last record then ends outside the
 * message, and the answer is FORMERR.
 */
export const DATAGRAM_OCTETS = 4096

/**
 * Send buffer that is asked of the kernel for each UDP socket, octets. Replies to neighbours on the link that do not exist wait for their ARP or
 * ND, some seconds, in the room of all others: with the usual 208 KiB one such neighbour's queue (`unres_qlen_bytes`) fills it, and who forges
 * its address silences the socket.
 */
export const SEND_BUFFER_OCTETS = 16 << 20
