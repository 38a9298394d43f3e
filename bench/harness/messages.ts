/** A query for the A record of `name` with an OPT record of 1232 octets that carries `options` (RFC 6891 section 6.1.2). */
export function query(name: string, id: number, options: readonly number[] = [], type = 1): Buffer {
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, options.length >> 8, options.length & 255, ...options]
  return Buffer.from([...header(id, 1), ...encoded(name), type >> 8, type & 255, 0, 1, ...opt])
}

/** The same without EDNS. */
export function plainQuery(name: string, id: number): Buffer {
  return Buffer.from([...header(id, 0), ...encoded(name), 0, 1, 0, 1])
}

/** The ECS option of an IPv4 block of 24 bits (RFC 7871 section 6). */
export function clientSubnet([a, b, c]: readonly [number, number, number]): number[] {
  return [0, 8, 0, 7, 0, 1, 24, 0, a, b, c]
}

/** Messages in the TCP-stream form that `dnsperf -B` reads: two octets of length, then the message. */
export function packed(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap(message => [Buffer.from([message.length >> 8, message.length & 255]), message]))
}

/** The messages of such a file. */
export function unpacked(octets: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < octets.length; ) {
    const end = at + 2 + octets.readUInt16BE(at)
    messages.push(octets.subarray(at + 2, end))
    at = end
  }
  return messages
}

const header = (id: number, additional: number): number[] => [id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, additional]

const encoded = (name: string): number[] => [
  ...name.split('.').flatMap(label => [label.length, ...Buffer.from(label)]),
  0,
]
