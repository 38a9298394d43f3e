import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { formatName } from '../../src/wire/name.ts'
import { type ParsedZone, recordsOf } from '../../src/zone/parsed-zone.ts'
import { printZone } from '../../src/zone/print.ts'
import { findTool, missing } from '../fixture/tools.ts'
import { zoneOf } from './zone-world.ts'

const FULL = `
$ORIGIN Example.Test.
$TTL 1h
@ IN SOA ns1 host\\.master ( 2024010101 2h 30m 2w 5m )
@ NS ns1
@ NS ns2.sub
@ MX 10 mail
@ MX 20 mail.example.net.
@ TXT "v=spf1 -all" "quote \\" backslash \\\\ octet \\195\\132 semi ; colon"
@ CAA 0 issue "ca.example.net"
ns1 A 192.0.2.1
ns1 AAAA 2001:db8::1
mail 5m A 192.0.2.25
sub NS ns2.sub
sub DS 12345 13 2 ${'AB'.repeat(32)}
ns2.sub A 192.0.2.2
WwW CNAME mail
*.wild TXT wildcard
a.b.c.d TXT "below empty non-terminals"
_sip._udp SRV 1 2 5060 mail
_443._tcp.mail TLSA 3 1 1 ${'CD'.repeat(32)}
mail SSHFP 4 2 ${'EF'.repeat(32)}
web HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.80 ipv6hint=2001:db8::80
web SVCB 1 mail mandatory=port port=53 key667="x y"
old DNAME new.example.net.
enum NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .
host HINFO "PC" "Linux \\"6\\""
host RP admin .
host URI 10 1 "https://example.net/"
odd\\.label A 192.0.2.3
\\000\\255\\064 A 192.0.2.4
raw TYPE65280 \\# 3 010203
raw TYPE65281 \\# 0
`

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-print-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string): string {
  const file = join(folder, 'printed.zone')
  writeFileSync(file, text, 'latin1')
  return file
}

const bare = (origin: string): string => (origin === '.' ? '.' : origin.slice(0, -1))

/** The zone as BIND writes it after loading: one record per line, in its own normal form. */
function throughBind(zone: ParsedZone): string[] {
  const args = ['-i', 'none', '-k', 'ignore', '-o', '-', '-q', formatName(zone.origin), fileOf(printZone(zone))]
  const told = execFileSync(findTool('named-compilezone')!, args, {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return told.trim().split('\n')
}

describe('the normal form of a zone', () => {
  const zone = zoneOf(FULL)
  const lines = printZone(zone).trim().split('\n')

  it('reads back as itself', () => {
    expect(printZone(zoneOf(printZone(zone)))).toBe(printZone(zone))
    expect([...recordsOf(zoneOf(printZone(zone)))]).toHaveLength(zone.records)
  })

  it('has SOA first and one line per record, names absolute, TTL and class stated', () => {
    expect(lines).toHaveLength(zone.records)
    expect(lines[0]).toMatch(
      /^example\.test\.\t3600\tIN\tSOA\tns1\.example\.test\. host\\\.master\.example\.test\. 2024010101 /,
    )
    for (const line of lines) expect(line).toMatch(/^\S+\.\t[0-9]+\tIN\t[A-Z0-9]+\t\S/)
  })

  it('does not depend on the order of the file', () => {
    const [head, ...rest] = printZone(zone).trim().split('\n')
    expect(printZone(zoneOf([head, ...rest.reverse()].join('\n')))).toBe(printZone(zone))
  })

  it('RFC 4034 section 6.1: owners stand in canonical order', () => {
    const text = [
      'example',
      'a.example',
      'yljkjljk.a.example',
      'Z.a.example',
      'zABC.a.EXAMPLE',
      'z.example',
      '\\001.z.example',
      '*.z.example',
      '\\200.z.example',
    ]
    const records = text.map(owner => `${owner}. 60 TXT x`)
    const shuffled = [...records.slice(4), ...records.slice(0, 4)].join('\n')
    const sorted = zoneOf(`example. 60 SOA a. b. 1 2 3 4 5\nexample. 60 NS a.\n${shuffled}`)
    const owners = printZone(sorted)
      .trim()
      .split('\n')
      .filter(line => line.includes('TXT'))
      .map(line => line.split('\t')[0])
    expect(owners).toEqual(text.map(owner => `${owner.toLowerCase()}.`))
  })
})

describe('other nameservers load what is printed', () => {
  const zone = zoneOf(FULL)

  it.skipIf(missing('named-compilezone'))('BIND has the same records', () => {
    expect(throughBind(zone)).toHaveLength(zone.records)
    // And what BIND writes is, to us, the same zone: a wrong octet on either side would show.
    expect(printZone(zoneOf(throughBind(zone).join('\n'), 'example.test.'))).toBe(printZone(zone))
  })

  it.skipIf(missing('named-checkzone'))('named-checkzone finds nothing to object to', () => {
    const args = ['-i', 'none', bare(formatName(zone.origin)), fileOf(printZone(zone))]
    const told = execFileSync(findTool('named-checkzone')!, args, { encoding: 'utf8' })
    expect(told).toMatch(/loaded serial 2024010101[\s\S]*OK/)
  })

  it.skipIf(missing('kzonecheck'))('Knot counts the same records and finds no error', () => {
    // A CNAME is fine, a mail exchanger that is one is not: kzonecheck exits with 1 on any semantic error.
    const args = ['-v', '-o', formatName(zone.origin), fileOf(printZone(zone))]
    const told = execFileSync(findTool('kzonecheck')!, args, { encoding: 'utf8', stdio: 'pipe' })
    expect(told).toMatch(/No semantic error found|^\s*$/)
  })

  it.skipIf(missing('named-compilezone'))('random zones come back from BIND unchanged', () => {
    const label = fc.string({
      unit: fc.constantFrom('a', 'b', '-', '_', '*', '\\.', '\\;', '\\000', '\\195', '\\@', '\\"', '\\\\'),
      minLength: 1,
      maxLength: 4,
    })
    const string = fc.string({
      unit: fc.constantFrom('x', ' ', ';', '(', '\\"', '\\\\', '\\000', '\\255', '=', ','),
      maxLength: 12,
    })
    const data = fc.oneof(
      fc.nat(255).map(n => `A 192.0.2.${n}`),
      fc.array(string, { minLength: 1, maxLength: 3 }).map(all => `TXT ${all.map(one => `"${one}"`).join(' ')}`),
      fc.tuple(fc.nat(65535), label).map(([n, host]) => `MX ${n} ${host}`),
      fc.uint8Array({ maxLength: 20 }).map(raw => `TYPE65400 \\# ${raw.length} ${Buffer.from(raw).toString('hex')}`),
      fc
        .tuple(fc.nat(65535), fc.array(string, { minLength: 1, maxLength: 2 }))
        .map(([port, all]) => `SVCB 1 . port=${port} key700="${all.join('')}"`),
    )
    const record = fc.tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.nat(9999), data)
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), records => {
        const lines = records.map(([owner, ttl, text]) => `${owner.join('.')} ${ttl} ${text}`)
        const random = zoneOf(`$ORIGIN e.test.\n@ 9 SOA a. b. 1 2 3 4 5\n@ 9 NS a.\n${lines.join('\n')}\n`)
        const back = throughBind(random)
        expect(back).toHaveLength(random.records)
        expect(printZone(zoneOf(back.join('\n'), 'e.test.'))).toBe(printZone(random))
      }),
      { seed: 1105, numRuns: 40 },
    )
  })
})
