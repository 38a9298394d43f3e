import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { clusterOf } from '../fixture/deployment.ts'
import { dig, rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { findTool, missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('dig', 'unbound'))('a real recursive resolver (unbound) in front of us', () => {
  let server: Nameserver | undefined
  let resolver: ChildProcess | undefined
  let folder = ''
  afterEach(async () => {
    resolver?.kill('SIGKILL')
    await discard(server)
    rmSync(folder, { recursive: true, force: true })
  })

  it('resolves video.netcinema.com down to the addresses of one cluster, asking with the client subnet', async () => {
    server = await startNameserver()
    const port = await freePort()
    folder = mkdtempSync(join(tmpdir(), 'unbound-'))
    const stub = (zone: string) => `stub-zone:\n  name: "${zone}"\n  stub-addr: 127.0.0.1@${server!.dnsPort}\n`
    writeFileSync(
      join(folder, 'unbound.conf'),
      `server:
  interface: 127.0.0.1@${port}
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/pid"
  use-syslog: no
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "subnetcache iterator"
  send-client-subnet: 127.0.0.1
  client-subnet-always-forward: yes
  max-client-subnet-ipv4: 24
  access-control: 127.0.0.0/8 allow
  qname-minimisation: yes
remote-control:
  control-enable: no
${stub('netcinema.com')}${stub('kingcdn.com')}`,
    )
    resolver = spawn(findTool('unbound')!, ['-d', '-c', join(folder, 'unbound.conf')], { stdio: 'ignore' })
    const before = await server.status()
    // dig's +subnet stands in for the viewer's network: unbound passes it on.
    const ask = () => dig(port, ['video.netcinema.com', 'A', '+recurse', '+subnet=168.126.63.0/24'])
    const reply = await until('unbound to resolve', async () => {
      const seen = await ask()
      return seen.status === 'NOERROR' && seen.answer.length > 0 ? seen : null
    })
    expect(reply.answer[0]).toMatch(/^video\.netcinema\.com\. \d+ IN CNAME a1105\.kingcdn\.com\.$/)
    expect(clusterOf(rdataOf(reply, 'A'))).toBe('icn-kt')
    expect(rdataOf(reply, 'A')).toHaveLength(2)
    const after = await server.status()
    const ecs = (status: typeof before) =>
      status.workers.reduce((sum, worker) => sum + (worker.counters?.scalars.ecsQueries ?? 0), 0)
    expect(ecs(after)).toBeGreaterThan(ecs(before))

    const elsewhere = await dig(port, ['video.netcinema.com', 'AAAA', '+recurse', '+subnet=1.128.0.0/24'])
    expect(clusterOf(rdataOf(elsewhere, 'AAAA'))).toBe('syd-ix')
  }, 40_000)
})
