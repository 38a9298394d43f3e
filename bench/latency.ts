/**
 * Claim: at half of the load that each server can bear, KingCDN's answers come as fast as those of the C nameservers, up to the 99.9th percentile.
 *
 * usage: npm run bench -- latency   (root; kxdpgun, dnsperf; beside gdnsd, Knot and NSD; about three minutes)
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floor } from './harness/contenders/floor.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { insist } from './harness/flood.ts'
import { temporaryFolder } from './harness/folder.ts'
import { HOSTS, type HostZone, hostNames, writeHostZone } from './harness/host-zone.ts'
import { salvo } from './harness/kxdpgun.ts'
import { PROBES_PER_SECOND, probe } from './harness/latency-probe.ts'
import { packed, query } from './harness/messages.ts'
import { openNamespace } from './harness/namespace.ts'
import { absence, present, publish, table, versions, whole } from './harness/report.ts'
import { interleaved, middle, ROUNDS } from './harness/rounds.ts'
import { type Running, startAll } from './harness/start.ts'

const SATURATION = { rate: 700_000, seconds: 1 }
const SECONDS = 2
/** The load begins this long before the first probe and lasts as long behind the last. */
const MARGIN_SECONDS = 1
const PERCENTILES = [50, 90, 99, 99.9] as const
const ALL = [kingcdn, gdnsd, knot, nsd, floor]

/** A server under half of its load, or under none. */
interface Situation {
  readonly name: string
  readonly server: Running
  readonly idle: boolean
}

interface Latency {
  /** Replies per second under too much load; 0 when idle. */
  readonly saturation: number
  /** Microseconds, one for each of {@link PERCENTILES}. */
  readonly percentiles: readonly number[]
  readonly max: number
  readonly lost: number
}

const folder = temporaryFolder()
const probes = join(folder, 'probes.bin')
const namespace = openNamespace(ALL.length)
const zone = writeHostZone(folder)
writeFileSync(probes, packed(hostNames().map((name, i) => query(name, i))))
const servers = await startAll(present(ALL), zone, namespace, { question: zone.question })
const loaded = servers.map(server => ({ name: server.name, server, idle: false }))
const idle = { name: `${floor.name}, idle`, server: servers.at(-1)!, idle: true }
const rounds = await interleaved([...loaded, idle], ROUNDS, situation => measure(situation, zone))
publish({
  claim: 'latency',
  title: 'Latency at half of the saturation',
  body: report(rounds),
  versions: versions(present(ALL)),
})

async function measure({ server, idle, name }: Situation, zone: HostZone): Promise<Latency> {
  const { address } = server.site
  const load = { address, file: zone.queries }
  const saturation = idle ? 0 : insist(await salvo({ ...load, ...SATURATION }), 'NOERROR', name).perSecond
  const seconds = SECONDS + 2 * MARGIN_SECONDS
  const background = idle ? null : salvo({ ...load, seconds, rate: Math.round(saturation / 2) })
  await new Promise(resolve => setTimeout(resolve, MARGIN_SECONDS * 1000))
  const { micros, lost } = await probe({ address, file: probes, seconds: SECONDS })
  await background
  const at = (percent: number): number =>
    micros[Math.min(micros.length - 1, Math.floor((micros.length * percent) / 100))]!
  return { saturation, percentiles: PERCENTILES.map(at), max: micros.at(-1)!, lost }
}

function report(rounds: ReadonlyMap<Situation, readonly Latency[]>): string {
  const rows = [...rounds].map(([{ name, idle }, each]) => [
    name,
    idle ? '-' : whole(middle(each, round => round.saturation) / 2),
    ...PERCENTILES.map((_, i) => whole(middle(each, round => round.percentiles[i]!))),
    whole(middle(each, round => round.max)),
    each.reduce((sum, { lost }) => sum + lost, 0),
  ])
  const head = ['server', 'load, queries/s', ...PERCENTILES.map(percent => `p${percent} us`), 'max us', 'probes lost']
  return `${whole(HOSTS)} A records of one zone. kxdpgun sends half of what the server answered just before when it was offered ${whole(SATURATION.rate)}/s, in bursts of 32 from
core 0; the server is alone on core 1. Meanwhile dnsperf sends ${whole(PROBES_PER_SECOND)} probes/s from a port of its own, at real-time priority on core 0, and says how long each
reply took. In every figure are the burst that a probe finds before it and the way through two network stacks: the floor, a responder without a nameserver, is
what the method sees of itself, under its load and idle. ${SECONDS} s a run; the median of ${ROUNDS} interleaved rounds of every figure.

${absence(ALL)}${table(head, rows)}`
}
