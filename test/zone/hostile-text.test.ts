import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { printZone } from '../../src/zone/print.ts'
import { openZones, zoneOf } from './zone-world.ts'

const SOUND = `$ORIGIN example.
$TTL 1h
@ SOA ns1 host ( 1 ; serial
  2h 30m 2w 5m )
@ NS ns1
ns1 A 192.0.2.1
 AAAA 2001:db8::1
w\\.x TXT "a \\" b" \\195 ; note
svc HTTPS 1 . alpn="h2,h3" port=443
sub NS ns.sub
ns.sub 60 IN A 192.0.2.2
old DNAME new.test.
sig RRSIG A 13 2 300 20300101000000 20200101000000 1 @ AAAA
raw TYPE65280 \\# 2 AABB
$GENERATE 1-3/2 g\${0,3,x} 60 TXT "\\"$ \\\\" $\${1}"
loc LOC 1 2 3.4 N 5 E -6.78m 9m
apl APL 1:192.0.2.0/24 !2:::/0
key IPSECKEY 10 3 2 gate AQID
`

/** Whatever the text: problems, or a zone that prints, reads back and compiles. Never an exception. */
function survives(text: string): void {
  const { zone, problems } = parseZoneText(text, { file: 'x', readInclude: path => (path.length > 3 ? SOUND : null) })
  expect(problems.length).toBeLessThanOrEqual(102)
  for (const problem of problems) {
    expect(problem.message.length).toBeLessThan(800)
    expect(Number.isInteger(problem.line) && problem.line >= 0 && problem.column >= 0).toBe(true)
  }
  expect(zone === null).toBe(problems.some(problem => problem.severity === 'error'))
  if (zone === null) return
  expect(printZone(zoneOf(printZone(zone)))).toBe(printZone(zone))
  openZones([zone]).ask('www.example.')
}

it('a zone cut off anywhere', () => {
  for (let length = 0; length <= SOUND.length; length++) survives(SOUND.slice(0, length))
})

it('a zone with any octet replaced, dropped or put in', () => {
  const octet = fc.oneof(
    fc.constantFrom(...'\0\n\r\t "\\();@$.*=0a'),
    fc.nat(255).map(code => String.fromCharCode(code)),
  )
  const change = fc.record({ at: fc.nat(SOUND.length - 1), drop: fc.nat(3), put: fc.array(octet, { maxLength: 3 }) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
      let text = SOUND
      for (const { at, drop, put } of changes) text = text.slice(0, at) + put.join('') + text.slice(at + drop)
      survives(text)
    }),
    { seed: 1105, numRuns: 3000 },
  )
})

it('its lines shuffled, its words shuffled', () => {
  const shuffled = (parts: string[]) => fc.shuffledSubarray(parts, { minLength: parts.length >> 1 })
  fc.assert(
    fc.property(shuffled(SOUND.split('\n')), lines => survives(lines.join('\n'))),
    { seed: 1105, numRuns: 300 },
  )
  fc.assert(
    fc.property(shuffled(SOUND.split(/(\s+)/)), words => survives(words.join(''))),
    { seed: 1105, numRuns: 1000 },
  )
})

it('random octets and random characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), octets => survives(String.fromCharCode(...octets))),
    { seed: 1105, numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), text =>
      survives(`$ORIGIN e.\n@ 1 SOA a. b. 1 2 3 4 5\n@ 1 NS a.\n${text}`),
    ),
    { seed: 1105, numRuns: 2000 },
  )
})

it('texts built to cost much', () => {
  const head = '$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n'
  survives(`${head}${'('.repeat(100_000)}`)
  survives(`${head}a TXT ${'"'.repeat(100_001)}`)
  survives(`${head}a TXT ${'x '.repeat(100_000)}`)
  survives(`${head}${'a.'.repeat(100_000)} A 1.1.1.1`)
  survives(`${head}a TYPE1 \\# 65535 ${'AB'.repeat(65535)}`)
  survives(`${head}a TYPE700 \\# 65535 ${'AB'.repeat(65535)}`)
  survives(`${head}${`a TYPE700 \\# 65535 ${'AB'.repeat(65535)}\n`.repeat(3)}`)
  survives(`${head}a SVCB 1 . alpn=${'h2,'.repeat(21_000)}h3 key9=${'x'.repeat(1000)}`)
  survives(`${head}a SVCB 1 . key9=${'x'.repeat(70_000)}`)
  survives(`${head}${'$INCLUDE long\n'.repeat(200)}`)
  survives(`${head}${'\\'.repeat(100_001)}`)
  survives(`${head}a NSEC b. ${'TYPE1 '.repeat(20_000)}`)
  survives(`${head}a APL ${'1:192.0.2.0/24 '.repeat(20_000)}`)
  survives(`${head}a SVCB 1 . dohpath="/${'{,'.repeat(20_000)}dns}"`)
  survives(`${head}a SVCB 1 . dohpath="/{${','.repeat(60_000)}"`)
  survives(`${head}$GENERATE 0-2147483647 a A 1.1.1.1`)
  survives(`${head}${'$GENERATE 1-600000 a A 1.1.1.1\n'.repeat(3)}`)
  survives(`${head}$GENERATE 1-9 a TXT ${'$'.repeat(100_000)}`)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of $GENERATE
  survives(`${head}$GENERATE 1-9 ${'${0,127}'.repeat(10_000)} A 1.1.1.1`)
  survives(`${head}$GENERATE 1-9 a TXT ${'${'.repeat(100_000)}`)
  survives(`${head}$GENERATE 1-9 a TXT "${'\\'.repeat(300_000)}"`)
  survives(`${head}${Array.from({ length: 127 }, () => 'a').join('.')} A 1.1.1.1`)
})

it('twenty thousand records of one RRset, half of them twice', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `big A 10.${(i % 10_000) >> 8}.${i % 256}.1`)
  const { zone } = parseZoneText(`$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n${lines.join('\n')}`, {
    file: 'x',
  })
  expect(zone!.records).toBe(2 + new Set(lines).size)
})
