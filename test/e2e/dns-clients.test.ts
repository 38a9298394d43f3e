import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APART } from '../contract/foreign/corpus.ts'
import { missing } from '../fixture/tools.ts'
import { serveZones, type ZoneServer } from '../fixture/zone-server.ts'

/** Every kind of answer: name, type, RCODE, and what the client must have read out of it. */
const ANSWERS: readonly [name: string, type: string, status: string, reads: RegExp][] = [
  ['chain.example', 'SOA', 'NOERROR', /SOA\s+ns\.chain\.example\. host\.chain\.example\. 1 7200/],
  ['host.chain.example', 'A', 'NOERROR', /A\s+192\.0\.2\.2/],
  ['host.chain.example', 'AAAA', 'NOERROR', /SOA\s+ns\.chain/],
  ['ent.chain.example', 'A', 'NOERROR', /SOA\s+ns\.chain/],
  ['nothing.chain.example', 'A', 'NXDOMAIN', /SOA\s+ns\.chain/],
  ['any.star.chain.example', 'A', 'NOERROR', /any\.star\.chain\.example\.\s+3600\s+IN\s+A\s+192\.0\.2\.4/],
  ['c12.chain.example', 'A', 'NOERROR', /c1\.chain\.example\.\s+3600\s+IN\s+CNAME\s+host/],
  ['loop1.chain.example', 'A', 'NOERROR', /CNAME\s+loop2/],
  ['tonx.chain.example', 'A', 'NXDOMAIN', /CNAME\s+nothing/],
  ['tocut.chain.example', 'A', 'NOERROR', /NS\s+ns\.cut\.chain/],
  ['www.plain.cut.example', 'A', 'NOERROR', /NS\s+ns2\.plain\.cut/],
  ['signed.cut.example', 'DS', 'NOERROR', /DS\s+12345 13 2/],
  ['www.old.dname.example', 'A', 'NOERROR', /old\.dname\.example\.\s+600\s+IN\s+DNAME\s+new/],
  ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.long.dname.example', 'A', 'YXDOMAIN', /DNAME\s+aaaa/],
  ['no.zone.of.ours', 'A', 'REFUSED', /QUERY/i],
  ['dot\\.ted.binary.example', 'A', 'NOERROR', /192\.0\.2\.5/],
  ['a\\000b.binary.example', 'A', 'NOERROR', /192\.0\.2\.3/],
  ['UPPER.binary.EXAMPLE', 'A', 'NOERROR', /upper\.binary\.example\.\s+3600/i],
  ['mx900.big.example', 'MX', 'NOERROR', /900 host900\.a-label-that-takes-room/],
  ['reply1232.big.example', 'TXT', 'NOERROR', /aaaa/],
  ['reply65000.big.example', 'TXT', 'NOERROR', /aaaa/],
  ['x.glue30.big.example', 'A', 'NOERROR', /host30\.glue30/],
  ...['A', 'AAAA', 'TXT', 'MX', 'SRV', 'PTR', 'HINFO', 'RP', 'AFSDB', 'NAPTR', 'CAA', 'TLSA', 'SSHFP'].map(asked),
  ...['URI', 'OPENPGPKEY', 'CSYNC', 'ZONEMD', 'SVCB', 'HTTPS', 'CDS', 'CDNSKEY', 'TYPE65280', 'TYPE65534'].map(asked),
  ...['LOC', 'KX', 'CERT', 'APL', 'SMIMEA', 'EUI48', 'EUI64'].map(asked),
  ['all.types.example', 'ANY', 'NOERROR', /all\.types\.example\.\s+3600\s+IN/],
  ['signed.example', 'DNSKEY', 'NOERROR', /DNSKEY/],
  ['www.signed.example', 'NSEC', 'NOERROR', /NSEC\s+signed\.example\. A RRSIG NSEC/],
  ['www.signed.example', 'RRSIG', 'NOERROR', /RRSIG\s+NSEC/],
]

function asked(type: string): [string, string, string, RegExp] {
  return ['all.types.example', type, 'NOERROR', /all\.types\.example\.\s+3600\s+IN/]
}

/** What clients write when they dislike a reply. That one is truncated they tell, too, and go on over TCP as they should. */
const COMPLAINT = /warning|malformed|bad packet|\berror|mismatch|unexpected|extra|failed|unknown_rr_data|timed out/i

interface Client {
  readonly program: string
  args(port: number, name: string, type: string): string[]
  /** Options worth a run of their own. */
  readonly variants: readonly (readonly string[])[]
}

const CLIENTS: readonly Client[] = [
  {
    program: 'dig',
    args: (port, name, type) => ['@127.0.0.1', '-p', String(port), '+norecurse', '+tries=1', '+time=5', name, type],
    variants: [['+bufsize=1232', '+dnssec', '+nsid'], ['+tcp']],
  },
  {
    program: 'kdig',
    args: (port, name, type) => ['@127.0.0.1', '-p', String(port), '+norecurse', '+retry=0', '+time=5', name, type],
    variants: [['+bufsize=1232'], ['+tcp'], ['+noedns'], ['+bufsize=512', '+dnssec', '+nsid']],
  },
  {
    program: 'drill',
    args: (port, name, type) => ['-p', String(port), '-o', 'rd', name, '@127.0.0.1', type],
    variants: [['-a'], ['-a', '-b', '1232'], ['-t']],
  },
]

let running: ZoneServer | undefined
beforeAll(async () => {
  running = await serveZones(APART.zones)
})
afterAll(() => running?.stop())

describe.each(CLIENTS)('$program reads every kind of answer', ({ program, args, variants }) => {
  it.skipIf(missing(program)).each(variants.map(options => ({ options: options.join(' ') })))(
    '$options',
    async ({ options }) => {
      const wrong: unknown[] = []
      for (const [name, type, status, reads] of ANSWERS) {
        const said = await run(program, [...options.split(' '), ...args(running!.port, name, type)])
        const complaint = COMPLAINT.exec(said.text.replaceAll(/.*truncated.*/gi, ''))?.[0]
        const sound = said.code === 0 && complaint === undefined && said.text.includes(status) && reads.test(said.text)
        if (!sound) wrong.push({ name, type, code: said.code, complaint, text: said.text.slice(0, 800) })
      }
      expect(wrong).toEqual([])
    },
    60_000,
  )
})

function run(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise(resolve => {
    execFile(program, args, { timeout: 20_000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, text: stdout + stderr })
    })
  })
}
