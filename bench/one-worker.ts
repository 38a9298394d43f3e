/**
 * Claim: one query worker of KingCDN with the whole pipeline on (EDNS, ECS from 100,000 random client blocks, routing, two addresses) answers
 * more queries per second, at less CPU each, than a dns2 server that answers one fixed address.
 *
 * usage: npm run bench   (needs dnsperf; loopback only; about a minute)
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { discard, REPOSITORY, startNameserver } from '../test/fixture/nameserver.ts'
import { freePort } from '../test/fixture/ports.ts'

const SECONDS = 4
const ROUNDS = 5
const TICKS_PER_SECOND = 100

interface Contender {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly queries: readonly string[]
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
    { name: 'KingCDN, routed, ECS', port: server.dnsPort, pid: server.process.pid!, queries: ['-B', '-d', routed] },
    { name: 'KingCDN, static A', port: server.dnsPort, pid: server.process.pid!, queries: ['-B', '-d', plain] },
    { name: 'dns2 3.1.1, fixed A', port: baseline.port, pid: baseline.process.pid!, queries: ['-B', '-d', plain] },
  ]
  const rounds = new Map(contenders.map(contender => [contender.name, [] as Figures[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      rounds.get(contender.name)!.push(measure(contender))
      process.stderr.write('.')
    }
  }
  process.stderr.write('\n')
  const table = report(contenders, rounds)
  console.log(table)
  writeFileSync(join(REPOSITORY, 'bench/results.md'), table)
} finally {
  await discard(server)
  baseline.process.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** Prepared queries in the TCP-stream form that `dnsperf -B` reads: two octets of length, then the message. Fixed seed. */
function queries(count: number, name: string, ecs: boolean): Buffer {
  let state = 12345
  const random = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const labels = name.split('.').flatMap(label => [label.length, ...Buffer.from(label)])
  const parts: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const option = ecs ? [0, 8, 0, 7, 0, 1, 24, 0, 11 + random(100), random(256), random(256)] : []
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, option.length, ...option]
    const message = Buffer.from([0, i & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...labels, 0, 0, 1, 0, 1, ...opt])
    parts.push(Buffer.from([message.length >> 8, message.length & 255]), message)
  }
  return Buffer.concat(parts)
}

async function startBaseline(): Promise<{ port: number; process: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(REPOSITORY, 'bench/dns2-server.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => child.stdout?.once('data', resolve))
  return { port, process: child }
}

function measure({ port, pid, queries: source }: Contender): Figures {
  const before = cpuTicks(pid)
  const fixed = [
    '-s',
    '127.0.0.1',
    '-p',
    String(port),
    '-l',
    String(SECONDS),
    '-c',
    '8',
    '-T',
    '1',
    '-q',
    '400',
    '-t',
    '2',
  ]
  const text = execFileSync('dnsperf', [...fixed, ...source], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const ticks = cpuTicks(pid) - before
  const figure = (label: string) => Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(text)?.[1] ?? Number.NaN)
  const completed = figure('Queries completed')
  return {
    perSecond: figure('Queries per second'),
    lost: figure('Queries lost'),
    cpuMicros: (ticks * 1e6) / TICKS_PER_SECOND / completed,
  }
}

/** utime + stime of a process (proc(5), fields 14 and 15). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function report(contenders: readonly Contender[], rounds: ReadonlyMap<string, readonly Figures[]>): string {
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!
  const baselineName = contenders.at(-1)!.name
  const base = median(rounds.get(baselineName)!.map(round => round.perSecond))
  const rows = contenders.map(({ name }) => {
    const all = rounds.get(name)!
    const perSecond = median(all.map(round => round.perSecond))
    const lost = all.reduce((sum, round) => sum + round.lost, 0)
    const cpu = median(all.map(round => round.cpuMicros))
    return `| ${name} | ${Math.round(perSecond).toLocaleString('en')} | ${(perSecond / base).toFixed(1)} | ${cpu.toFixed(1)} | ${lost} |`
  })
  return `# One query worker beside dns2

dnsperf over loopback, ${SECONDS} s a run, median of ${ROUNDS} interleaved rounds. ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version},
node:dgram transport. The generator shares the machine with the server: read the ratios, not the figures.

| server | replies/s | ratio to dns2 | CPU us/query | lost |
|---|---:|---:|---:|---:|
${rows.join('\n')}
`
}
