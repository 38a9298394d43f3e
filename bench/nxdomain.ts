/**
 * Claim: a flood of random names that do not exist costs no more than queries for names that do: nothing is remembered of them, and a name
 * is told to be absent by as many look-ups as it has labels.
 *
 * usage: npx tsx bench/nxdomain.ts   (needs dnsperf, knotd and nsd, and the built program; loopback only; about two minutes)
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { answerNanos } from './answer-path.ts'
import { LAST_NAME, ORIGIN, writeBigZone, ZONE_RECORDS } from './big-zone.ts'
import { CONTENDERS, type Contender, circumstances, type Running, startContender } from './contender.ts'
import { flood, packed, query } from './dnsperf.ts'
import { cpuSeconds } from './process-figures.ts'
import { interleaved, median } from './rounds.ts'
import { xorshift } from './xorshift.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SECONDS = 4
const WORKERS = 1
const NAMES = 500_000

interface Figures {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly lost: number
  readonly nxdomain: number
}

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const zone = { origin: ORIGIN, file: join(folder, 'big.zone') }
const queries = join(folder, 'queries.bin')
const running = new Map<Contender, Running>()
try {
  writeBigZone(zone.file)
  const absent = absentNames().map((name, i) => query(name, i & 0xffff))
  writeFileSync(queries, packed(absent))
  const alone = await answerNanos(zone.file, {
    absent,
    present: presentNames().map((name, i) => query(name, i & 0xffff)),
  })
  for (const each of CONTENDERS) running.set(each, await startContender(each, zone, WORKERS, LAST_NAME))
  const table = report(await interleaved(CONTENDERS, ROUNDS, measure), alone)
  console.log(table)
  mkdirSync(join(REPOSITORY, 'bench/results'), { recursive: true })
  writeFileSync(join(REPOSITORY, 'bench/results/nxdomain.md'), table)
} finally {
  for (const server of running.values()) await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Distinct names that the zone does not have: three in four right below its apex, the others below names that exist. Fixed seed. */
function absentNames(): string[] {
  const random = xorshift(77)
  return Array.from({ length: NAMES }, (_, i) => {
    const label = `${random(1 << 30).toString(36)}-${i.toString(36)}`
    return i % 4 < 3 ? `${label}.${ORIGIN}` : `${label}.site-${random(2000)}.${ORIGIN}`
  })
}

/** As many hosts that it has, each with an address. */
function presentNames(): string[] {
  const random = xorshift(78)
  const hosts = [...readFileSync(zone.file, 'latin1').matchAll(/^(host-\S+) A /gm)].map(([, host]) => host!)
  return Array.from({ length: NAMES }, () => `${hosts[random(hosts.length)]}.${ORIGIN}`)
}

function measure(contender: Contender): Figures {
  const { pid, port } = running.get(contender)!
  const before = cpuSeconds(pid)
  const { perSecond, completed, lost, nxdomain } = flood({ seconds: SECONDS, port, file: queries })
  return { perSecond, lost, nxdomain, cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / completed }
}

function report(
  rounds: ReadonlyMap<Contender, readonly Figures[]>,
  alone: { absent: number; present: number },
): string {
  const middle = (each: Contender, key: keyof Figures) => median(rounds.get(each)!.map(figures => figures[key]))
  const others = CONTENDERS.slice(1)
  const fastest = Math.max(...others.map(other => middle(other, 'perSecond')))
  const leanest = Math.min(...others.map(other => middle(other, 'cpuMicros')))
  const rows = CONTENDERS.map(each => {
    const perSecond = middle(each, 'perSecond')
    const cpu = middle(each, 'cpuMicros')
    const lost = rounds.get(each)!.reduce((sum, figures) => sum + figures.lost, 0)
    const cells = [
      Math.round(perSecond).toLocaleString('en'),
      (perSecond / fastest).toFixed(2),
      cpu.toFixed(1),
      (cpu / leanest).toFixed(1),
      lost,
      `${middle(each, 'nxdomain').toFixed(1)} %`,
    ]
    return `| ${each.name} | ${cells.join(' | ')} |`
  })
  return `# Random names that do not exist

dnsperf over loopback with ${NAMES.toLocaleString('en')} distinct names on a zone of ${ZONE_RECORDS.toLocaleString('en')} records, ${SECONDS} s a run, ${WORKERS} worker each, median of ${ROUNDS} interleaved rounds;
each ratio is to the better of Knot and NSD. The generator shares the machine with the server: read the ratios, not the figures.
KingCDN's transport is node:dgram, which bounds its rate. ${circumstances()}.

| server | replies/s | ratio | CPU us/query | ratio | lost | NXDOMAIN |
|---|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}

The answer path alone, message in, message out, in one thread without sockets (CPU time):

| query for | ns/query | ratio |
|---|---:|---:|
| a name that does not exist | ${alone.absent.toFixed(0)} | ${(alone.absent / alone.present).toFixed(2)} |
| the address of a host | ${alone.present.toFixed(0)} | 1.00 |
`
}
