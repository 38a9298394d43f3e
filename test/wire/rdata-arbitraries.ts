import fc from 'fast-check'

/** Random sound RDATA of every record type with a form of its own, in wire form, built from the RFCs and not from the codecs. */
type Octets = fc.Arbitrary<number[]>

const join = (...parts: Octets[]): Octets => fc.tuple(...parts).map(all => all.flat())
const many = (part: Octets, minLength: number, maxLength: number): Octets =>
  fc.array(part, { minLength, maxLength }).map(all => all.flat())
const octets = (minLength: number, maxLength = minLength): Octets =>
  fc.array(fc.nat(255), { minLength, maxLength }).map(all => [...all])
const nothing: Octets = fc.constant([])
const u8 = (max = 255): Octets => fc.nat(max).map(n => [n])
const u16 = (max = 65535): Octets => fc.nat(max).map(n => [n >> 8, n & 255])
const be32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
const u32 = (min = 0, max = 0xffffffff): Octets => fc.integer({ min, max }).map(be32)
const counted = (part: Octets): Octets => part.map(all => [all.length, ...all])

/** Names are lower case in the program, so no octet of a label is an upper-case letter. */
const labelOctet = fc.oneof(
  fc.constantFrom(...[...'a-_*.\\"; @$()\t'].map(character => character.charCodeAt(0))),
  fc.nat(255).map(octet => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)),
)
const label = fc.array(labelOctet, { minLength: 1, maxLength: 12 })
const longLabel = fc.array(labelOctet, { minLength: 60, maxLength: 63 })
const name: Octets = fc
  .oneof(
    fc.array(label, { maxLength: 5 }),
    fc.array(longLabel, { minLength: 3, maxLength: 3 }),
    fc.constant(Array.from({ length: 127 }, () => [0x61])),
  )
  .map(labels => [...labels.flatMap(one => [one.length, ...one]), 0])

const string = counted(fc.oneof(octets(0, 20), octets(0, 255)))
const typeNumbers = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 65535 }))

/** RFC 4034 section 4.1.2, type by type. */
const bitmap: Octets = fc.uniqueArray(typeNumbers, { maxLength: 12 }).map(types => {
  const windows = new Map<number, number[]>()
  for (const type of types.sort((a, b) => a - b)) {
    const bits = windows.get(type >> 8) ?? []
    while (bits.length <= (type & 255) >> 3) bits.push(0)
    bits[(type & 255) >> 3]! |= 0x80 >> (type & 7)
    windows.set(type >> 8, bits)
  }
  return [...windows].flatMap(([window, bits]) => [window, bits.length, ...bits])
})

/** A digest whose length belongs to its kind; other kinds have any. */
const digest = (lengths: Record<number, number>): Octets =>
  fc.oneof(
    ...Object.entries(lengths).map(([kind, length]) => join(fc.constant([Number(kind)]), octets(length))),
    join(fc.constant([200]), octets(12, 40)),
  )

const locSize: Octets = fc.oneof(
  fc.constant<number[]>([0]),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([digit, exponent]) => [digit * 16 + exponent]),
)
const angle = (degrees: number): Octets =>
  fc.oneof(
    u32(2 ** 31 - degrees * 3600000, 2 ** 31 + degrees * 3600000),
    fc.constant(be32(2 ** 31 + degrees * 3600000)),
  )

const prefix = (family: number, width: number): Octets =>
  fc.tuple(fc.nat(8 * width), fc.boolean(), octets(0, width)).map(([length, negated, address]) => {
    const used = address.findLastIndex(octet => octet !== 0) + 1
    return [0, family, length, (negated ? 0x80 : 0) | used, ...address.slice(0, used)]
  })

const param = (key: number, value: Octets): fc.Arbitrary<[number, number[]]> => value.map(octets => [key, octets])
const paramsByKey = [
  param(1, many(counted(octets(1, 9)), 1, 3)),
  param(2, nothing),
  param(3, u16()),
  param(4, many(octets(4), 1, 3)),
  param(5, octets(1, 30)),
  param(6, many(octets(16), 1, 3)),
  param(
    7,
    fc
      .constantFrom('/dns-query{?dns}', '/{dns}', '/a%20b{?x,dns*}/c;"d\\e')
      .map(path => [...path].map(character => character.charCodeAt(0))),
  ),
  param(8, nothing),
  fc.tuple(fc.integer({ min: 9, max: 65534 }), octets(0, 20)),
]
/** `mandatory` may name any of the others; `no-default-alpn` is only there beside `alpn`. */
const svcParams: Octets = fc
  .tuple(
    fc.subarray(paramsByKey).chain(list => fc.tuple(...list)),
    fc.nat(0xffff),
  )
  .map(([all, choice]) => {
    const params = all.filter(([key]) => key !== 2 || all.some(([other]) => other === 1)).sort(([a], [b]) => a - b)
    const named = params.filter((_, i) => ((choice >> i) & 1) === 1).map(([key]) => key)
    const mandatory = named.flatMap(key => [key >> 8, key & 255])
    const whole: [number, number[]][] = named.length > 0 ? [[0, mandatory], ...params] : [...params]
    return whole.flatMap(([key, value]) => [key >> 8, key & 255, value.length >> 8, value.length & 255, ...value])
  })

const dnskey = join(u16(), u8(), u8(), octets(1, 70))
const ds = join(u16(), u8(), digest({ 1: 20, 2: 32, 4: 48 }))
const svcb = join(u16(), name, svcParams)
const tlsa = join(u8(), u8(), u8(), octets(1, 70))
const oneName = name

export const SOUND_RDATA: Readonly<Record<string, Octets>> = {
  A: octets(4),
  AAAA: fc.oneof(octets(16), fc.constant<number[]>([...Array.from({ length: 10 }, () => 0), 255, 255, 1, 2, 3, 4])),
  AFSDB: join(u16(), name),
  APL: many(fc.oneof(prefix(1, 4), prefix(2, 16)), 0, 4),
  CAA: join(
    u8(),
    counted(fc.array(fc.constantFrom(...Buffer.from('aZ09issue')), { minLength: 1, maxLength: 9 })),
    octets(0, 60),
  ),
  CDNSKEY: dnskey,
  CDS: ds,
  CERT: join(u16(), u16(), u8(), octets(1, 70)),
  CNAME: oneName,
  CSYNC: join(u32(), u16(), bitmap),
  DHCID: octets(1, 70),
  DNAME: oneName,
  DNSKEY: dnskey,
  DS: ds,
  EUI48: octets(6),
  EUI64: octets(8),
  HINFO: join(string, string),
  HTTPS: svcb,
  IPSECKEY: fc.oneof(
    join(u8(), fc.constant([0]), u8(), octets(0, 40)),
    join(u8(), fc.constant([1]), u8(), octets(4), octets(0, 40)),
    join(u8(), fc.constant([2]), u8(), octets(16), octets(0, 40)),
    join(u8(), fc.constant([3]), u8(), name, octets(0, 40)),
  ),
  KX: join(u16(), name),
  LOC: join(fc.constant([0]), locSize, locSize, locSize, angle(90), angle(180), u32()),
  MX: join(u16(), name),
  NAPTR: join(u16(), u16(), string, string, string, name),
  NS: oneName,
  NSEC: join(name, bitmap),
  NSEC3: join(u8(), u8(), u16(), counted(octets(0, 255)), counted(octets(1, 255)), bitmap),
  NSEC3PARAM: join(u8(), u8(), u16(), counted(octets(0, 255))),
  OPENPGPKEY: octets(1, 300),
  PTR: oneName,
  RP: join(name, name),
  RRSIG: join(u16(), u8(), u8(), u32(0, 0x7fffffff), u32(), u32(), u16(), name, octets(1, 70)),
  SMIMEA: tlsa,
  SOA: join(name, name, u32(), u32(), u32(), u32(), u32()),
  SPF: many(string, 1, 4),
  SRV: join(u16(), u16(), u16(), name),
  SSHFP: join(u8(), digest({ 1: 20, 2: 32 })),
  SVCB: svcb,
  TLSA: tlsa,
  TXT: many(string, 1, 4),
  URI: join(u16(), u16(), octets(0, 60)),
  ZONEMD: join(u32(), u8(), digest({ 1: 48, 2: 64 })),
}
