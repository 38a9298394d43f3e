/**
 * Claim: one query worker of KingCDN with the whole pipeline on (EDNS, ECS from 100,000 random client blocks, routing, two addresses) answers
 * more queries per second, at less CPU each, than a dns2 server that answers one fixed address.
 *
 * usage: npm run bench   (needs dnsperf; loopback only; about a minute)
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { discard, REPOSITORY, startNameserver } from '../test/fixture/nameserver.ts'
import { freePort } from '../test/fixture/ports.ts'
import { flood, packed, query } from './dnsperf.ts'
import { cpuSeconds } from './process-figures.ts'
import { interleaved, median } from './rounds.ts'
import { xorshift } from './xorshift.ts'

const SECONDS = 4
const ROUNDS = 5

interface Contender {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** File of prepared queries. */
  readonly file: string
}

interface Figures {
  readonly perSecond: number
  readonly lost: number
  readonly cpuMicros: number
}

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const routed = join(folder, 'routed.bin')
const plain = join(folder, 'plain.bin')
writeFileSync(routed, queries(100_000, 'a1105.kingcdn.com', true))
writeFileSync(plain, queries(1_000, 'www.netcinema.com', false))

const server = await startNameserver()
const baseline = await startBaseline()
try {
  const contenders: Contender[] = [
    { name: 'KingCDN, routed, ECS', port: server.dnsPort, pid: server.process.pid!, file: routed },
    { name: 'KingCDN, static A', port: server.dnsPort, pid: server.process.pid!, file: plain },
    { name: 'dns2 3.1.1, fixed A', port: baseline.port, pid: baseline.process.pid!, file: plain },
  ]
  const rounds = await interleaved(contenders, ROUNDS, measure)
  const table = report(contenders, rounds)
  console.log(table)
  writeFileSync(join(REPOSITORY, 'bench/results/one-worker.md'), table)
} finally {
  await discard(server)
  baseline.process.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** Prepared queries, with ECS from random client blocks (RFC 7871) or without. Fixed seed. */
function queries(count: number, name: string, ecs: boolean): Buffer {
  const random = xorshift(12345)
  const block = () => [0, 8, 0, 7, 0, 1, 24, 0, 11 + random(100), random(256), random(256)]
  return packed(Array.from({ length: count }, (_, i) => query(name, i & 255, ecs ? block() : [])))
}

async function startBaseline(): Promise<{ port: number; process: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(REPOSITORY, 'bench/dns2-server.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => child.stdout?.once('data', resolve))
  return { port, process: child }
}

function measure({ port, pid, file }: Contender): Figures {
  const before = cpuSeconds(pid)
  const { perSecond, lost, completed } = flood({ seconds: SECONDS, port, file })
  return { perSecond, lost, cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / completed }
}

function report(contenders: readonly Contender[], rounds: ReadonlyMap<Contender, readonly Figures[]>): string {
  const base = median(rounds.get(contenders.at(-1)!)!.map(round => round.perSecond))
  const rows = contenders.map(contender => {
    const all = rounds.get(contender)!
    const perSecond = median(all.map(round => round.perSecond))
    const lost = all.reduce((sum, round) => sum + round.lost, 0)
    const cpu = median(all.map(round => round.cpuMicros))
    return `| ${contender.name} | ${Math.round(perSecond).toLocaleString('en')} | ${(perSecond / base).toFixed(1)} | ${cpu.toFixed(1)} | ${lost} |`
  })
  return `# One query worker beside dns2

dnsperf over loopback, ${SECONDS} s a run, median of ${ROUNDS} interleaved rounds. ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version},
node:dgram transport. The generator shares the machine with the server: read the ratios, not the figures.

| server | replies/s | ratio to dns2 | CPU us/query | lost |
|---|---:|---:|---:|---:|
${rows.join('\n')}
`
}
