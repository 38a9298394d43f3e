import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseName } from '../../src/wire/name.ts'
import { encodeHex } from '../../src/wire/rdata/encoding.ts'
import { formatRdata, parseRdata } from '../../src/wire/rdata/presentation.ts'
import { RDATA_TYPES, rdataType } from '../../src/wire/rdata/registry.ts'
import { RrType, typeName, typeNumber } from '../../src/wire/rdata/type.ts'
import { findTool, missing } from '../fixture/tools.ts'

/** Type, presentation text, wire form in hex, normal form where it differs from the text. */
const SAMPLES: readonly [string, string, string, string?][] = [
  ['A', '192.0.2.1', 'C0000201'],
  ['AAAA', '2001:DB8::0:1', '20010DB8000000000000000000000001', '2001:db8::1'],
  ['NS', 'ns1.example.', '036E7331076578616D706C6500'],
  ['CNAME', '.', '00'],
  ['PTR', 'a\\.b.', '03612E6200'],
  ['DNAME', 'example.', '076578616D706C6500'],
  [
    'SOA',
    'a. b. 1 2h 30m 2w 300',
    '016100016200000000010000' + '1C20000007080012750000' + '00012C',
    'a. b. 1 7200 1800 1209600 300',
  ],
  ['MX', '10 mail.', '000A046D61696C00'],
  ['MX', '0 .', '000000'],
  ['TXT', '"a b" c ""', '036120620163' + '00', '"a b" "c" ""'],
  ['TXT', '"\\"\\\\\\195;"', '04225CC33B', '"\\"\\\\\\195;"'],
  ['SPF', '"v=spf1 -all"', '0B763D73706631202D616C6C'],
  ['HINFO', 'PC "Linux 6"', '025043074C696E75782036', '"PC" "Linux 6"'],
  ['RP', 'joe.example. .', '036A6F65076578616D706C650000'],
  ['AFSDB', '1 db.', '000102646200'],
  ['SRV', '1 2 443 sip.', '0001000201BB0373697000'],
  [
    'NAPTR',
    '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
    '0064000A0175074532552B7369700E215E2E2A24217369703A61406221' + '00',
  ],
  ['CAA', '0 issue "ca.example; policy=ev"', '0005697373756563612E6578616D706C653B20706F6C6963793D6576'],
  ['CAA', '128 iodef mailto:a@b', '8005696F6465666D61696C746F3A614062', '128 iodef "mailto:a@b"'],
  ['URI', '10 1 "https://example/"', '000A000168747470733A2F2F6578616D706C652F'],
  [
    'DS',
    '60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118',
    'EC4505012BB183AF5F22588179A53B0A98631FAD1A292118',
    '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  ],
  ['CDS', '0 0 0 00', '0000000000'],
  ['DNSKEY', '257 3 ECDSAP256SHA256 AwEA AQ==', '0101030D0301000' + '1', '257 3 13 AwEAAQ=='],
  ['CDNSKEY', '0 3 0 AA==', '0000030000'],
  ['TLSA', '3 1 1 D2ABDE24', '030101D2ABDE24'],
  ['SSHFP', `4 2 ${'9A'.repeat(32)}`, `0402${'9A'.repeat(32)}`],
  ['ZONEMD', `2018031500 1 1 ${'AB'.repeat(48)}`, `7848B78C0101${'AB'.repeat(48)}`],
  ['OPENPGPKEY', 'AwEAAQ==', '03010001'],
  [
    'RRSIG',
    'A 13 2 300 20240101000000 20231201000000 1 example. AwEAAQ==',
    '00010D020000012C6592008065692200' + '0001076578616D706C650003010001',
  ],
  [
    'NSEC',
    'b. A MX RRSIG NSEC TYPE1234',
    '016200' + '0006400100000003' + '041B000000000000000000000000000000000000000000000000000020',
    'b. A MX RRSIG NSEC TYPE1234',
  ],
  [
    'NSEC3',
    '1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA NSEC3PARAM RRSIG',
    '0101000C04AABBCCDD14174EB2409FE28BCB4887A1836F957F0A8425E27B' + '0007220100000002' + '90',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  ['NSEC3PARAM', '1 0 0 -', '0100000000'],
  ['CSYNC', '66 3 A NS AAAA', '000000420003' + '000460000008'],
  ['KX', '10 kx.example.', '000A026B78076578616D706C6500'],
  ['CERT', 'PKIX 12345 RSASHA256 AwEAAQ==', '000130390803010001', '1 12345 8 AwEAAQ=='],
  ['CERT', '254 65535 PrivateOID AA==', '00FEFFFFFE00', '254 65535 254 AA=='],
  [
    'DHCID',
    'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
    '000201636FC0B8271C82825BB1AC5C41CF5351AA69B4FEBD94E8F17CDB95000DA48C40',
  ],
  ['SMIMEA', '3 1 1 D2AB DE24', '030101D2ABDE24', '3 1 1 D2ABDE24'],
  ['EUI48', '00-00-5E-00-53-2a', '00005E00532A', '00-00-5e-00-53-2a'],
  ['EUI64', '00-00-5e-ef-10-00-00-2a', '00005EEF1000002A'],
  // RFC 3123 section 5.
  ['APL', '1:192.168.32.0/21 !1:192.168.38.0/28', '00011503C0A820' + '00011C83C0A826'],
  ['APL', '1:224.0.0.0/4 2:FF00:0:0:0:0:0:0:0/8', '00010401E0' + '00020801FF', '1:224.0.0.0/4 2:ff00::/8'],
  [
    'APL',
    '1:0.0.0.0/0 !2:::/0 1:192.0.2.1/20 2:::ffff:192.0.2.0/128',
    '00010000' + '00020080' + '00011404C0000201' + '0002800F00000000000000000000FFFFC00002',
    '1:0.0.0.0/0 !2:::/0 1:192.0.2.1/20 2:::ffff:c000:200/128',
  ],
  ['APL', '', ''],
  // RFC 4025 section 3.2.
  [
    'IPSECKEY',
    '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0A0102C0000226' + '0103515379' + '86ED35533B6064478EEEB27B5BD74DAE149B6E81BA3A0521AF82AB7801',
  ],
  ['IPSECKEY', '10 0 2 . AQ==', '0A000201'],
  ['IPSECKEY', '10 0 0 .', '0A0000'],
  [
    'IPSECKEY',
    '10 3 2 my.gateway.example. AQ==',
    '0A0302026D790767617465776179076578616D706C650001',
    '10 3 2 my.gateway.example. AQ==',
  ],
  [
    'IPSECKEY',
    '10 2 2 2001:0DB8:0:8002::2000:1 AQ==',
    '0A020220010DB800008002000000002000000101',
    '10 2 2 2001:db8:0:8002::2000:1 AQ==',
  ],
  // RFC 1876 section 3, the first one in full.
  [
    'LOC',
    '42 21 54 N 71 06 18 W -24m 30m',
    '0033161389172DD070BE15F000988D20',
    '42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  ],
  [
    'LOC',
    '42 21 43.952 N 71 5 6.344 W -24m 1m 200m',
    '0012241389170690' + '70BF2DD8' + '00988D20',
    '42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m',
  ],
  ['LOC', '52 S 180 E 10m', '0012161374D78E00A69FB200' + '00989A68', '52 0 0.000 S 180 0 0.000 E 10.00m 1m 10000m 10m'],
  [
    'LOC',
    '90 0 0.000 N 180 0 0.000 W 42849672.95m 0m 0.01m 90000000m',
    '0000109993' + '4FD90059' + '604E00' + 'FFFFFFFF',
    '90 0 0.000 N 180 0 0.000 W 42849672.95m 0m 0.01m 90000000m',
  ],
  [
    'LOC',
    '0 59 0.5 S 0 0 59.999 E -100000.00 0.99 1.23',
    '00911213' + '7FC9F9EC' + '8000EA5F' + '00000000',
    '0 59 0.500 S 0 0 59.999 E -100000.00m 0.90m 1m 10m',
  ],
  ['HTTPS', '0 svc.example.', '000003737663076578616D706C6500'],
  ['HTTPS', '1 . port=443 alpn=h2,h3', '000100' + '000100060268320268330003000201BB', '1 . alpn="h2,h3" port=443'],
  [
    'SVCB',
    '16 foo. mandatory=ipv4hint,alpn ipv4hint=192.0.2.1,192.0.2.2 alpn="h2"',
    '001003666F6F00' + '0000000400010004' + '00010003026832' + '00040008C0000201C0000202',
    '16 foo. mandatory=alpn,ipv4hint alpn="h2" ipv4hint=192.0.2.1,192.0.2.2',
  ],
  [
    'SVCB',
    '1 foo. ipv6hint=2001:db8::1 no-default-alpn alpn=h3 ech="AAEC" key667="a\\210b" key9',
    '000103666F6F00' +
      '00010003026833' +
      '00020000' +
      '00050003000102' +
      '0006001020010DB8000000000000000000000001' +
      '00090000' +
      '029B000361D262',
    '1 foo. alpn="h3" no-default-alpn ech="AAEC" ipv6hint=2001:db8::1 key9 key667="a\\210b"',
  ],
  [
    'SVCB',
    '1 . ipv6hint=::ffff:192.0.2.1',
    '000100' + '0006001000000000000000000000FFFFC0000201',
    '1 . ipv6hint=::ffff:c000:201',
  ],
  // RFC 9460 section 2.1: behind keyNNN stands the wire form, whatever the key.
  [
    'SVCB',
    '1 . key3="\\001\\187" key2 key1=\\002h2 key6="\\032\\001\\013\\184\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001" key0="\\000\\003"',
    '000100' +
      '000000020003' +
      '00010003026832' +
      '00020000' +
      '0003000201BB' +
      '0006001020010DB8000000000000000000000001',
    '1 . mandatory=port alpn="h2" no-default-alpn port=443 ipv6hint=2001:db8::1',
  ],
  [
    'SVCB',
    '1 . dohpath="/q{?dns}" ohttp mandatory=ohttp,dohpath',
    '000100' + '0000000400070008' + '000700082F717B3F646E737D' + '00080000',
    '1 . mandatory=key7,key8 key7="/q{?dns}" key8',
  ],
  // RFC 9460 appendix D.2, figure 10: an alpn id with a comma and one with a backslash.
  [
    'SVCB',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    '001003666F6F076578616D706C65036F726700' + '0001000C08665C6F6F2C626172026832',
  ],
]

/** BIND wants a key even where algorithm 0 says that there is none (RFC 4025 section 2.4), and 9.18 knows no ohttp (RFC 9540). */
const NOT_BIND = /^IPSECKEY 10 0 0 \.$|ohttp/

const hexOf = (type: string, text: string): string => {
  const verdict = parseRdata(typeNumber(type)!, text)
  return verdict.kind === 'ok' ? encodeHex(verdict.rdata) : verdict.message
}
const normal = (type: string, wire: Uint8Array): string => formatRdata(typeNumber(type)!, wire, 0, wire.length)
const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))

describe('record data between presentation and wire form', () => {
  it.each(SAMPLES)('%s %s', (type, text, hex, shown = text) => {
    expect(hexOf(type, text)).toBe(hex)
    expect(normal(type, fromHex(hex))).toBe(shown)
  })

  it('has a sample of every registered type', () => {
    expect(new Set(SAMPLES.map(([type]) => type))).toEqual(new Set(RDATA_TYPES.map(type => type.name)))
  })

  it.skipIf(missing('named-compilezone'))('BIND sees the same data in the text and in our octets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-rdata-'))
    const file = join(folder, 'samples.zone')
    const known = SAMPLES.filter(([type, text]) => type !== 'SOA' && !NOT_BIND.test(`${type} ${text}`))
    const records = known.flatMap(([type, text, hex], i) => [
      `text${i}.e. 60 ${type} ${text}`,
      `octets${i}.e. 60 ${type} \\# ${hex.length / 2} ${hex}`,
    ])
    writeFileSync(file, ['e. 60 SOA a. b. 1 2 3 4 5', 'e. 60 NS a.', ...records, ''].join('\n'))
    const flags = ['-i', 'none', '-k', 'ignore', '-n', 'ignore', '-m', 'ignore', '-r', 'ignore', '-q', '-o', '-']
    const told = execFileSync(findTool('named-compilezone')!, [...flags, 'e', file], { encoding: 'latin1' })
    rmSync(folder, { recursive: true })
    const data = new Map(told.split('\n').map(line => [line.split('.')[0], line.replace(/^\S+\s+/, '')]))
    expect(data.size).toBeGreaterThan(2 * known.length)
    for (const [owner, text] of data)
      if (owner!.startsWith('text')) expect(data.get(owner!.replace('text', 'octets')), owner).toBe(text)
  })

  it('brings names to lower case', () => {
    expect(hexOf('NS', 'NS1.Example.')).toBe('036E7331076578616D706C6500')
  })

  it('completes relative names with the origin and refuses them without one', () => {
    const verdict = parseRdata(RrType.MX, '10 mail', parseName('example.'))
    expect(verdict.kind === 'ok' && encodeHex(verdict.rdata)).toBe('000A046D61696C076578616D706C6500')
    expect(hexOf('MX', '10 mail')).toMatch(/relative and no origin is known/)
  })
})

describe('a fault says what is wrong and what would be legal', () => {
  it.each([
    ['A', '', 'A ends before its address; legal is A <address>'],
    ['A', '1.2.3', 'A address "1.2.3" is not an IPv4 address; legal is 192.0.2.1, no leading zeros'],
    ['A', '1.2.3.256', /not an IPv4 address/],
    ['A', '01.2.3.4', /not an IPv4 address/],
    ['A', '1.2.3.4.5', /not an IPv4 address/],
    ['A', '1..2.3', /not an IPv4 address/],
    ['A', '1.2.3.4 5', 'A has more than its fields; legal is A <address>'],
    ['AAAA', '1.2.3.4', /not an IPv6 address/],
    ['MX', '70000 mail.', 'MX preference "70000" is not a number from 0 to 65535'],
    ['MX', '-1 mail.', /is not a number/],
    ['MX', '10', 'MX ends before its exchange; legal is MX <preference> <exchange>'],
    ['MX', '10 a..b.', 'MX exchange "a..b." has an empty label; labels hold 1 to 63 octets'],
    ['SOA', 'a. b. 1 2x 3 4 5', /refresh "2x" is not a time/],
    ['TXT', '', /ends before its text/],
    ['TXT', `"${'x'.repeat(256)}"`, /has 256 octets; a string holds at most 255/],
    ['TXT', '"\\999"', /broken escape/],
    ['TXT', '"open', /without its closing quote/],
    ['CAA', '0 is-sue "x"', /tag "is-sue" is not letters and digits/],
    ['DS', '1 2 3 ABC', /digest is not an even number of hex digits/],
    ['DS', '1 8 2 AB', /a digest of type 2 has 32 octets, here are 1/],
    ['ZONEMD', '1 1 1 AB', /a digest of type 1 has 48 octets/],
    ['DS', '1 RSA 3 AB', /algorithm "RSA" is neither a number/],
    ['DNSKEY', '256 3 13 A', /public key is not base64/],
    ['DNSKEY', '256 3 13 AAB=', /public key is not base64/],
    ['RRSIG', 'A 13 2 300 20241301000000 20231201000000 1 e. AA==', /expiration "20241301000000" is neither/],
    ['RRSIG', 'FOO 13 2 300 1 1 1 e. AA==', /type covered "FOO" is no record type/],
    ['NSEC', 'b. FOO', /type "FOO" is no record type/],
    ['NSEC3PARAM', '1 0 0 a', /salt "a" is neither/],
    ['SVCB', '1 . foo=1', /has no known key; legal are mandatory, alpn/],
    ['SVCB', '1 . port=1 port=2', /port stands twice/],
    ['SVCB', '1 . port=65536', /port takes a number from 0 to 65535/],
    ['SVCB', '1 . port', /port takes a number/],
    ['SVCB', '1 . no-default-alpn', /no-default-alpn needs alpn/],
    ['SVCB', '1 . mandatory=alpn', /mandatory names alpn, which is not among/],
    ['SVCB', '1 . mandatory=mandatory', /mandatory takes other keys/],
    ['SVCB', '1 . mandatory=port,port port=1', /mandatory takes other keys/],
    ['SVCB', '1 . ipv4hint=::1', /ipv4hint takes IPv4 addresses/],
    ['SVCB', '1 . ipv4hint=::ffff:192.0.2.1', /ipv4hint takes IPv4 addresses/],
    ['SVCB', '1 . ipv6hint=192.0.2.1', /ipv6hint takes IPv6 addresses/],
    ['SVCB', '1 . alpn=h2,', /alpn takes protocol ids/],
    ['SVCB', '1 . key65535=x', /has no known key/],
    ['LOC', '1 2 3', /^LOC angle is not 0 to 90 degrees/],
    ['LOC', '', /^LOC ends before its location; legal is LOC <degrees> \[<minutes>/],
    ['LOC', '1 2 3 4 N 1 E 0m', /^LOC angle "4" is not/],
    ['LOC', '91 N 1 E 0m', /^LOC angle "91" is not 0 to 90 degrees/],
    ['LOC', '90 0 0.001 N 1 E 0m', /^LOC angle is not 0 to 90 degrees/],
    ['LOC', '1 60 N 1 E 0m', /^LOC angle "60"/],
    ['LOC', '1 2 60 N 1 E 0m', /^LOC angle "60"/],
    ['LOC', '1 2 3.4567 N 1 E 0m', /^LOC angle "3.4567"/],
    ['LOC', '1 N 2 S 0m', /^LOC angle "S" is not 0 to 180/],
    ['LOC', 'N 2 E 0m', /^LOC angle "N"/],
    ['LOC', '1 N', /^LOC ends before its longitude/],
    ['LOC', '1 N 2 E', /^LOC altitude is not -100000m to 42849672.95m/],
    ['LOC', '1 N 2 E -100000.01m', /^LOC altitude/],
    ['LOC', '1 N 2 E 42849672.96m', /^LOC altitude/],
    ['LOC', '1 N 2 E 1km', /^LOC altitude/],
    ['LOC', '1 N 2 E 1m 90000000.01m', /^LOC size "90000000.01m" is not 0m to 90000000.00m/],
    ['LOC', '1 N 2 E 1m 1m -1m', /^LOC size "-1m"/],
    ['LOC', '1 N 2 E 1m 1m 1m 1m 1m', /^LOC has more than its fields/],
    ['APL', '1:192.0.2.0', /^APL prefix "1:192.0.2.0" is not \[!\]family:address\/length/],
    ['APL', '1:192.0.2.0/33', /^APL prefix/],
    ['APL', '2:::/129', /^APL prefix/],
    ['APL', '2:192.0.2.0/24', /^APL prefix/],
    ['APL', '1:::ffff:192.0.2.0/24', /^APL prefix/],
    ['APL', '3:x/1', /^APL prefix/],
    ['IPSECKEY', '10 4 2 x. AQ==', /^IPSECKEY gateway type 4 is not 0, 1, 2 or 3/],
    ['IPSECKEY', '10 0 2 x. AQ==', /^IPSECKEY gateway "x." of type 0 is not a dot/],
    ['IPSECKEY', '10 1 2 x. AQ==', /^IPSECKEY gateway "x." is not an IPv4 address/],
    ['IPSECKEY', '10 2 2 192.0.2.1 AQ==', /^IPSECKEY gateway "192.0.2.1" is not an IPv6 address/],
    ['IPSECKEY', '10 3 2 x AQ==', /^IPSECKEY gateway "x" is relative/],
    ['EUI48', '00:00:5e:00:53:2a', /^EUI48 address "00:00:5e:00:53:2a" is not 6 pairs of hex digits/],
    ['EUI64', '00-00-5e-00-53-2a', /^EUI64 address "00-00-5e-00-53-2a" is not 8 pairs/],
    ['CERT', 'FOO 1 2 AA==', /^CERT type "FOO" is neither a number from 0 to 65535 nor one of PKIX/],
    ['CERT', 'constructor 1 2 AA==', /^CERT type "constructor" is neither/],
    ['HIP', '2 20 AA==', /TYPE55 has no form of its own here; write its data as \\# length hex/],
    ['SVCB', '1 . dohpath=/dns', /dohpath takes a path with the variable dns, as in \/dns-query\{\?dns\}/],
    ['SVCB', '1 . dohpath=dns{?dns}', /dohpath takes/],
    ['SVCB', '1 . dohpath=/q{?dnsx}', /dohpath takes/],
    ['SVCB', '1 . dohpath=/q{?dns}{', /dohpath takes/],
    ['SVCB', '1 . key7=/dns', /key7 takes/],
    ['SVCB', '1 . key3=443', /^SVCB parameter "key3=443" does not have a legal value/],
    ['TYPE999', 'abc', /TYPE999 has no form of its own here/],
  ])('%s %s', (type, text, message) => {
    expect(hexOf(type, text)).toMatch(message)
  })
})

describe('RFC 3597 section 5: data of unknown types', () => {
  it('reads and shows \\# length hex, in one word or several', () => {
    expect(hexOf('TYPE62347', '\\# 4 aabb CCDD')).toBe('AABBCCDD')
    expect(hexOf('TYPE62347', '\\# 0')).toBe('')
    expect(normal('TYPE62347', fromHex('AABB'))).toBe('\\# 2 AABB')
    expect(normal('TYPE62347', new Uint8Array(0))).toBe('\\# 0')
  })

  it('reads known types in that form too, when the octets are sound', () => {
    expect(hexOf('A', '\\# 4 C0000201')).toBe('C0000201')
    expect(hexOf('NS', '\\# 3 014100')).toBe('016100')
    expect(hexOf('A', '\\# 3 C00002')).toMatch(/is not the wire form of A data/)
    expect(hexOf('NS', '\\# 2 C000')).toMatch(/is not the wire form of NS data/)
  })

  it.each(['\\#', '\\# x', '\\# 2 AABBCC', '\\# 2 AAB', '\\# 70000 00', '\\# 2 zz'])('refuses %s', text => {
    expect(hexOf('TYPE62347', text)).toMatch(/^\\#/)
  })

  it('a quoted "\\\\#" is a string like any other', () => {
    expect(hexOf('TXT', '"\\#"')).toBe('0123')
  })
})

describe('properties over any octets', () => {
  const anyOctets = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...SAMPLES.map(([, , hex]) => fromHex(hex))),
  )

  it('what is shown reads back as the same octets, own form or \\#', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RDATA_TYPES), anyOctets, (type, octets) => {
        const text = formatRdata(type.code, octets, 0, octets.length)
        const again = parseRdata(type.code, text)
        // Names come back in lower case; nothing else may change.
        if (again.kind === 'ok')
          expect(formatRdata(type.code, again.rdata, 0, again.rdata.length).toLowerCase()).toBe(text.toLowerCase())
        // Only malformed octets may be refused, and those are shown in RFC 3597 form.
        else expect(text).toMatch(/^\\# /)
      }),
      { seed: 1105, numRuns: 5000 },
    )
  })

  it('no text makes a codec throw', () => {
    const token = fc.oneof(
      fc.constantFrom(
        '1',
        '0',
        '65536',
        'a.',
        '@',
        '"',
        '""',
        '\\',
        '\\#',
        '(',
        ')',
        ';',
        '\n',
        'AA==',
        'AB',
        '-',
        'alpn=',
        'key1="',
        'mandatory=port',
        'A',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...RDATA_TYPES, undefined), fc.array(token, { maxLength: 9 }), (type, tokens) => {
        const verdict = parseRdata(type?.code ?? 4711, tokens.join(' '))
        if (verdict.kind === 'ok') formatRdata(type?.code ?? 4711, verdict.rdata, 0, verdict.rdata.length)
        else expect(verdict.message.length).toBeGreaterThan(5)
      }),
      { seed: 1105, numRuns: 5000 },
    )
  })
})

describe('the tables of types', () => {
  it('every registered codec has the number of its mnemonic', () => {
    for (const type of RDATA_TYPES) {
      expect(typeNumber(type.name)).toBe(type.code)
      expect(rdataType(type.code)).toBe(type)
    }
  })

  it('reads mnemonics and TYPEnnn in any case', () => {
    expect(typeNumber('aaaa')).toBe(28)
    expect(typeNumber('Aaaa')).toBe(28)
    expect(typeNumber('type65')).toBe(65)
    expect(typeNumber('TYPE65535')).toBe(65535)
    expect(typeNumber('TYPE65536')).toBeNull()
    expect(typeNumber('TYPE01')).toBeNull()
    expect(typeNumber('FOO')).toBeNull()
    expect(typeName(65)).toBe('HTTPS')
    expect(typeName(4711)).toBe('TYPE4711')
  })
})
