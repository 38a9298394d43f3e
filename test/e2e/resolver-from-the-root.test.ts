import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseDig } from '../fixture/dig.ts'
import { canOpenNetwork } from '../fixture/network.ts'
import { openSmallInternet, type SmallInternet } from '../fixture/small-internet.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

/** Name, type, RCODE, and the data of the answer's last record; null = none. */
const QUESTIONS: readonly [name: string, type: string, status: string, last: string | null][] = [
  ['www.netcinema.example', 'A', 'NOERROR', '192.0.2.80'],
  ['WwW.nEtCiNeMa.ExAmPlE', 'AAAA', 'NOERROR', '2001:db8::80'],
  ['netcinema.example', 'MX', 'NOERROR', '10 mail.netcinema.example.'],
  ['netcinema.example', 'A', 'NOERROR', '192.0.2.80'],
  // Four labels down through empty non-terminals, and those themselves.
  ['a.b.c.d.netcinema.example', 'A', 'NOERROR', '192.0.2.81'],
  ['b.c.d.netcinema.example', 'A', 'NOERROR', null],
  ['d.netcinema.example', 'TXT', 'NOERROR', null],
  ['_tcp.netcinema.example', 'SRV', 'NOERROR', null],
  ['_sip._tcp.netcinema.example', 'SRV', 'NOERROR', '0 5 5060 www.netcinema.example.'],
  // Wildcards and what blocks them.
  ['any.dev.netcinema.example', 'A', 'NOERROR', '192.0.2.82'],
  ['p.q.r.dev.netcinema.example', 'A', 'NOERROR', '192.0.2.82'],
  ['fixed.dev.netcinema.example', 'A', 'NOERROR', null],
  ['below.fixed.dev.netcinema.example', 'A', 'NXDOMAIN', null],
  ['y.dev.netcinema.example', 'A', 'NOERROR', null],
  ['z.y.dev.netcinema.example', 'A', 'NXDOMAIN', null],
  ['film.video.netcinema.example', 'A', 'NOERROR', '192.0.2.101'],
  ['video.netcinema.example', 'AAAA', 'NOERROR', '2001:db8::101'],
  // Aliases, also from zone to zone and back.
  ['one.netcinema.example', 'A', 'NOERROR', '192.0.2.80'],
  ['gone.netcinema.example', 'A', 'NXDOMAIN', 'nothing.netcinema.example.'],
  ['far.netcinema.example', 'A', 'NOERROR', '192.0.2.91'],
  ['up.shop.co.example', 'A', 'NOERROR', '192.0.2.80'],
  ['any.old.netcinema.example', 'A', 'NOERROR', '192.0.2.82'],
  ['www.moved.netcinema.example', 'A', 'NOERROR', '192.0.2.91'],
  ['nothing.moved.netcinema.example', 'A', 'NXDOMAIN', 'nothing.shop.co.example.'],
  // Delegations: in-domain glue, sibling glue, below an empty non-terminal.
  ['www.studio.netcinema.example', 'A', 'NOERROR', '192.0.2.90'],
  ['x.studio.netcinema.example', 'TXT', 'NOERROR', '"anything"'],
  ['studio.netcinema.example', 'DS', 'NOERROR', null],
  ['a1105.kingcdn.example', 'A', 'NOERROR', '192.0.2.101'],
  ['co.example', 'A', 'NOERROR', null],
  ['www.shop.co.example', 'A', 'NOERROR', '192.0.2.91'],
  ['nothing.example', 'A', 'NXDOMAIN', null],
  ['nothing', 'A', 'NXDOMAIN', null],
  ['80.2.0.192.in-addr.arpa', 'PTR', 'NOERROR', 'www.netcinema.example.'],
  ['200.2.0.192.in-addr.arpa', 'PTR', 'NOERROR', 'unnamed.netcinema.example.'],
  [
    '0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    'PTR',
    'NOERROR',
    'ns2.netcinema.example.',
  ],
  ['.', 'NS', 'NOERROR', 'b.root-servers.net.'],
  ['example', 'SOA', 'NOERROR', 'a.nic.example. hostmaster.netcinema.example. 1 14400 3600 604800 900'],
  ['www.netcinema.example', 'TYPE65280', 'NOERROR', null],
  // More than a datagram: unbound comes back over TCP.
  ['big.netcinema.example', 'TXT', 'NOERROR', null],
]

/** What unbound writes at this verbosity when an answer is not to its liking. That it scrubs what it did not ask for is its custom. */
const DISLIKES =
  /lame|capsforid|throwaway|insane|malformed|parse error|unwanted|exceeded|mismatch|rcode: (?!NOERROR|NXDOMAIN)/i

describe.skipIf(missing('unbound', 'dig') || !canOpenNetwork()).each(['one', 'a level each'] as const)(
  'unbound, resolving from a root that we serve (servers: %s)',
  servers => {
    let internet: SmallInternet | undefined
    let resolver: ChildProcess | undefined
    afterEach(async () => {
      resolver?.kill('SIGKILL')
      await internet?.stop()
    })

    it('strict QNAME minimisation, 0x20 and hardening find everything; nothing displeases it', async () => {
      internet = await openSmallInternet(servers)
      const { network } = internet
      const log = await startUnbound(internet)
      resolver = log.process
      const wrong: unknown[] = []
      for (const [name, type, status, last] of QUESTIONS) {
        const { text } = await network.run('dig', ['@127.0.0.1', '-p', '5353', '+tries=1', '+time=10', name, type])
        const reply = parseDig(text)
        const data = reply.answer.at(-1)?.split(' ').slice(4).join(' ') ?? null
        const agrees =
          type === 'NS' || (type === 'TXT' && name.startsWith('big')) ? reply.answer.length > 1 : data === last
        if (reply.status !== status || !agrees) wrong.push({ name, type, text })
      }
      expect(wrong).toEqual([])
      const complaints = log
        .text()
        .split('\n')
        .filter(line => DISLIKES.test(line))
      expect(complaints.slice(0, 20)).toEqual([])
    }, 90_000)
  },
)

async function startUnbound({ network, folder, hintsFile }: SmallInternet) {
  const file = join(folder, 'unbound.conf')
  writeFileSync(
    file,
    `server:
  interface: 127.0.0.1@5353
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  root-hints: "${hintsFile}"
  use-syslog: no
  do-daemonize: no
  verbosity: 4
  num-threads: 1
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
  harden-below-nxdomain: yes
  harden-referral-path: yes
  harden-glue: yes
  harden-large-queries: yes
  harden-short-bufsize: yes
  target-fetch-policy: "3 2 1 1 1"
  local-zone: "2.0.192.in-addr.arpa." nodefault
  local-zone: "100.51.198.in-addr.arpa." nodefault
  local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
remote-control:
  control-enable: no
`,
  )
  const child = network.spawn('unbound', ['-d', '-c', file])
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  await until('unbound to start', () => {
    if (child.exitCode !== null) throw new Error(`unbound ended: ${said}`)
    return said.includes('start of service')
  })
  return { process: child, text: () => said }
}
