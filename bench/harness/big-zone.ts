import { closeSync, openSync, writeSync } from 'node:fs'
import { xorshift } from './xorshift.ts'

export const ORIGIN = 'big.example'
/** Owner of the last record of the file; A 192.0.2.99. */
export const LAST_NAME = `last-of-all.${ORIGIN}`
export const ZONE_RECORDS = 1_000_000

const SEED = 1_000_003
const DELEGATIONS = 20_000
const EACH = 80_000
const HEAD = `$ORIGIN ${ORIGIN}.
$TTL 3600
@ SOA ns1 hostmaster 2026010100 7200 3600 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
`
const TAIL = 'last-of-all A 192.0.2.99\n'
const HEAD_AND_TAIL_RECORDS = 6

/**
 * Writes a zone of {@link ZONE_RECORDS} records in master-file form, the same at every call: 20,000 delegations with two name servers and a
 * glue address each; 80,000 each of MX, TXT and CNAME; the rest A of hosts, two in five of them a level deeper, every third with AAAA too.
 */
export function writeBigZone(file: string): void {
  const out = openSync(file, 'w')
  let pending = HEAD
  const flush = (least: number): void => {
    if (pending.length < least) return
    writeSync(out, pending)
    pending = ''
  }
  for (const line of lines()) {
    pending += line
    flush(1 << 16)
  }
  pending += TAIL
  flush(0)
  closeSync(out)
}

function* lines(): Generator<string> {
  const random = xorshift(SEED)
  let records = HEAD_AND_TAIL_RECORDS
  for (let i = 0; i < DELEGATIONS; i++, records += 3)
    yield `sub${i} NS ns.sub${i}\nsub${i} NS ns${i % 50}.dns.example.net.\nns.sub${i} A ${address4(random)}\n`
  for (let i = 0; i < EACH; i++, records += 3) {
    yield `team-${i} MX 10 mail${random(9)}.example.net.\n`
    yield `team-${i} TXT "v=spf1 ip4:${address4(random)} include:_spf${random(50)}.example.net -all"\n`
    yield `alias-${i.toString(36)} CNAME host-${random(100_000).toString(36)}\n`
  }
  for (let i = 0; records < ZONE_RECORDS; i++) {
    const depth = random(5) < 2 ? `.site-${random(2000)}` : ''
    const owner = `host-${i.toString(36)}${depth}`
    yield `${owner} A ${address4(random)}\n`
    records++
    if (i % 3 > 0 || records === ZONE_RECORDS) continue
    yield `${owner} 600 AAAA ${address6(random)}\n`
    records++
  }
}

const address4 = (random: (below: number) => number): string => `10.${random(256)}.${random(256)}.${1 + random(254)}`

const address6 = (random: (below: number) => number): string =>
  `2001:db8:${random(65536).toString(16)}:${random(65536).toString(16)}::${(1 + random(65535)).toString(16)}`
