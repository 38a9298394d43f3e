import { expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { printZone } from '../../src/zone/print.ts'
import { openWorld } from '../answer/world.ts'
import { lines } from '../fixture/message.ts'

const signature = (owner: string, ttl: number, type: string, tag = 1): string =>
  `${owner}\t${ttl}\tIN\tRRSIG\t${type} 13 2 ${ttl} 20300101000000 20200101000000 ${tag} e.test. AAAA`
const SIGNATURES = [
  signature('w.e.test.', 60, 'A'),
  signature('w.e.test.', 60, 'A', 2),
  signature('w.e.test.', 30, 'TXT'),
  signature('w.e.test.', 600, 'NSEC'),
]
const ZONE = `
$ORIGIN e.test.
@ 3600 SOA ns host 1 2 3 4 5
@ 3600 NS ns.other.
w 30 TXT x
w 60 A 192.0.2.1
w 600 NSEC e.test. A TXT RRSIG NSEC
${[...SIGNATURES].reverse().join('\n')}
${SIGNATURES[0]}
`

it('RFC 4034 section 3: an RRSIG keeps the TTL of what it covers, also beside others', () => {
  const { zone, problems } = parseZoneText(ZONE, { file: 'e.zone' })
  expect(problems.map(problem => problem.message)).toEqual(['w.e.test. RRSIG stands twice; the second is dropped'])
  const printed = printZone(zone!).split('\n')
  expect(printed.filter(line => line.includes('\tRRSIG\t'))).toEqual(SIGNATURES)
})

it.each([Transport.Udp, Transport.Tcp])(
  'a query for RRSIG is answered with those of every type, transport %i',
  transport => {
    const world = openWorld({ zones: [ZONE] })
    const reply = world.ask({ name: 'w.e.test', type: RrType.RRSIG }, { transport })
    const seconds = lines(reply, reply.answer).map(line => Number(line.split(' ')[1]))
    expect({ rcode: reply.rcode, aa: reply.aa, tc: reply.tc, seconds }).toEqual({
      ...{ rcode: 0, aa: true, tc: false },
      seconds: [60, 60, 30, 600],
    })
  },
)
