/** Zones that are too large to be written by hand: a text each. */

const HEAD = '$TTL 3600\n@ SOA ns host 1 7200 900 1209600 600\n@ NS ns\nns A 192.0.2.1\n'

/** RDATA of TXT with exactly `octets` octets, at least 2. */
function txt(octets: number, fill = 'x'): string {
  const strings: string[] = []
  for (let left = octets; left > 0; ) {
    // A string has 1 octet of length and at most 255 of text; none may be left with its length alone.
    const size = Math.min(left, 256)
    strings.push(`"${fill.repeat(size - 1)}"`)
    left -= size
  }
  return strings.join(' ')
}

/** TXT records whose reply, one question and nothing else, has exactly `octets` octets. */
function repliesOf(octets: number, owner: string, origin: string): string {
  const records = Math.ceil(octets / 8000)
  const name = owner.length + 1 + origin.length + 2
  let left = octets - 12 - (name + 4) - records * 12
  return Array.from({ length: records }, (_, i) => {
    const share = Math.floor(left / (records - i))
    left -= share
    // Equal records would be one.
    return `${owner} TXT ${txt(share, String.fromCharCode(0x61 + i))}\n`
  }).join('')
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Answers of every size around the limits of UDP with and without EDNS, and around that of TCP. */
export const BIG_EXAMPLE = [
  '$ORIGIN big.example.\n',
  HEAD,
  ...[...range(496, 516), ...range(1216, 1236), 65000, ...range(65533, 65538)].map(size =>
    repliesOf(size, `reply${size}`, 'big.example'),
  ),
  `one500 TXT ${txt(500)}\n`,
  ...range(1, 40).map(i => `a40 A 198.51.100.${i}\n`),
  ...range(1, 40).map(i => `*.wild A 198.51.100.${i}\n`),
  // Names that stand past the 16,384th octet, where no pointer can lead (RFC 1035 section 4.1.4).
  ...range(1, 900).map(i => `mx900 MX ${i} host${i}.a-label-that-takes-room.mx900\n`),
  ...range(1, 300).map(i => `ns300 NS host${i}.ns300\n`),
  ...range(0, 899).map(i => `host${1 + (i % 300)}.ns300 A 198.51.${Math.floor(i / 300)}.${i % 256}\n`),
  `single TYPE65281 \\# 65000 ${'ab'.repeat(65000)}\n`,
  `toobig TYPE65281 \\# 65500 ${'ab'.repeat(65500)}\n`,
  // Negative answers whose SOA does not fit beside the chain.
  `tonx CNAME ${'n'.repeat(63)}.${'o'.repeat(63)}.${'p'.repeat(63)}\n`,
  // Referrals around the limit: glue that must fit and glue that may.
  ...range(1, 30).map(i => delegation(`glue${i}`, i, `glue${i}`)),
  ...range(1, 30).map(i => delegation(`sibling${i}`, i, 'shelter')),
  'shelter NS host1.shelter\n',
  ...range(1, 30).map(i => `host${i}.shelter A 198.51.100.${i}\nhost${i}.shelter AAAA 2001:db8::${i}\n`),
].join('')

/** A cut with `count` servers whose names lie below `shelter`. */
function delegation(cut: string, count: number, shelter: string): string {
  const own = cut === shelter
  return range(1, count)
    .map(i => {
      const server = `host${i}.${shelter}`
      return `${cut} NS ${server}\n${own ? `${server} A 198.51.100.${i}\n${server} AAAA 2001:db8::${i}\n` : ''}`
    })
    .join('')
}

/** Three hundred delegations of eight shapes, as a registry has them. */
export const MANY_EXAMPLE = [
  '$ORIGIN many.example.\n',
  HEAD,
  ...range(0, 299).map(i => {
    const cut = `d${i}`
    const shapes = [
      `${cut} NS ns.${cut}\nns.${cut} A 192.0.2.${i % 256}\n`,
      `${cut} NS ns.${cut}\nns.${cut} A 192.0.2.1\nns.${cut} AAAA 2001:db8::${i}\n${cut} NS ns.away.test.\n`,
      `${cut} NS ns.d${i - 1}\n`,
      `${cut} NS ns.away.test.\n${cut} DS ${i} 13 2 ${'ab'.repeat(32)}\n`,
      `${cut} NS ns\n`,
      `a.b.${cut} NS ns.a.b.${cut}\nns.a.b.${cut} A 192.0.2.2\n`,
      `${cut} NS ${cut}\n${cut} A 192.0.2.3\n`,
      `${cut} NS one.${cut}\n${cut} NS two.${cut}\n${cut} NS three.d${i - 2}\none.${cut} A 192.0.2.4\ntwo.${cut} AAAA 2001:db8::4\n`,
    ] as const
    return shapes[(i % 8) as 0]
  }),
].join('')
