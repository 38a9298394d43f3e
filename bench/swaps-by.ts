import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../test/fixture/until.ts'
import type { Contender } from './harness/contender.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { plainQuery } from './harness/messages.ts'
import { GENERATOR_CORE } from './harness/namespace.ts'
import type { Running } from './harness/start.ts'
import { xorshift } from './harness/xorshift.ts'
import { clientBlock } from './worlds/blocks.ts'
import { kingcdnOfWorld } from './worlds/kingcdn.ts'
import { nearestClusters } from './worlds/measurements.ts'
import { blockPlace } from './worlds/places.ts'
import { post, status } from './worlds/running-kingcdn.ts'
import { BASE, clusterId, ORIGIN, type World } from './worlds/world.ts'
import { writeZone } from './worlds/zone.ts'
import { zoneAlone } from './worlds/zone-alone.ts'

const run = promisify(execFile)

/** A nameserver whose answers can be changed while it serves. */
export interface Changeable {
  readonly contender: Contender<World>
  /** Where it reads its zone, below its folder. */
  readonly zone: string
  /** Makes change number `n`; resolves with the number of swaps when the new state is served. */
  change(server: Running, n: number): Promise<number>
}

const nsdWithControl: Contender = {
  ...nsd,
  prepare: (site, zone) => {
    const command = nsd.prepare(site, zone)
    const config = join(site.folder, 'nsd.conf')
    const control = `control-enable: yes\n  control-interface: "${join(site.folder, 'nsd.sock')}"`
    writeFileSync(config, readFileSync(config, 'utf8').replace('control-enable: no', control))
    return command
  },
}

const reloadedBy = (program: string, args: (folder: string) => string[]) => async (server: Running) => {
  const { folder } = server.site
  await run('taskset', ['-c', String(GENERATOR_CORE), program, ...args(folder)])
}

/** A nameserver of zones: each change is a new serial, and the tool that has it read. */
function byZone(contender: Contender, zone: string, reload: (server: Running) => Promise<void>): Changeable {
  return {
    contender: zoneAlone(contender),
    zone,
    change: async (server, n) => {
      await changeZone(server, zone, n, () => reload(server))
      return 1
    },
  }
}

export const KNOT = byZone(
  knot,
  'cdn.zone',
  reloadedBy('knotc', folder => ['-c', join(folder, 'knot.conf'), '-b', 'zone-reload', ORIGIN]),
)
export const NSD = byZone(
  nsdWithControl,
  'cdn.zone',
  reloadedBy('nsd-control', folder => ['-c', join(folder, 'nsd.conf'), 'reload', ORIGIN]),
)
export const GDNSD = byZone(
  gdnsd,
  join('zones', ORIGIN),
  reloadedBy('gdnsdctl', folder => ['-c', folder, 'reload-zones']),
)

/** Every so many changes bring new measurements too, whose map comes when the server has gathered them for a moment. */
const IMPORT_EVERY = 3

/** Every change is a drain, a new zone with a reload (zones and map) and the end of the drain; now and then measurements and their map. */
export const KINGCDN: Changeable = {
  contender: kingcdnOfWorld,
  zone: 'cdn.zone',
  change: async (server, n) => {
    const cluster = clusterId(n % BASE.clusters)
    const before = (await status(server)).snapshot.generation
    if (n % IMPORT_EVERY === 0) await post(server, '/v1/rtt', { measurements: freshRows(n) })
    await post(server, `/v1/clusters/${cluster}/drain`, { reason: 'bench' })
    await changeZone(server, 'cdn.zone', n, () => post(server, '/v1/reload', {}))
    await post(server, `/v1/clusters/${cluster}/restore`, {})
    return 2 + (await status(server)).snapshot.generation - before
  },
}

const ROWS = 200

/** Other round-trip times for some measured blocks, now. */
function freshRows(n: number): object[] {
  const random = xorshift(n + 1)
  const near = nearestClusters(BASE.clusters)
  return Array.from({ length: ROWS }, () => {
    const block = clientBlock(random(BASE.prefixes))
    const [first, second] = near(blockPlace(block))
    const { cluster, km } = random(2) === 0 ? first! : second!
    const rtt = 2 + km / 100 + random(300) / 10
    return {
      prefix: `${block.join('.')}.0/24`,
      cluster: clusterId(cluster),
      rtt_ms: rtt,
      loss: 0,
      measured_at: Date.now(),
    }
  })
}

const MARK = `swap.${ORIGIN}`

/** Puts zone number `n` in place, has it read, and waits until it is served. */
async function changeZone(server: Running, zone: string, n: number, reload: () => Promise<void>): Promise<void> {
  const file = join(server.site.folder, zone)
  writeZone(`${file}.new`, { ...BASE, serial: n + 2, more: [`swap A 10.0.${n >>> 8}.${n & 255}\n`] })
  renameSync(`${file}.new`, file)
  await reload()
  await until(`zone ${n} of ${server.name}`, async () => (await numberServed(server)) === n, 10_000, 5)
}

/** Number of the zone that is served; null when there is none, or no answer within 100 ms. */
function numberServed({ site }: Running): Promise<number | null> {
  const question = plainQuery(MARK, 1)
  const socket = createSocket('udp4')
  return new Promise(resolve => {
    const end = (number: number | null): void => {
      clearTimeout(timer)
      socket.close()
      resolve(number)
    }
    const timer = setTimeout(() => end(null), 100)
    socket.on('error', () => end(null))
    // The answer's owner is a pointer of two octets; type, class, TTL and length are ten more.
    const at = question.length + 12
    socket.on('message', message => end(message.length < at + 4 ? null : message.readUInt16BE(at + 2)))
    socket.send(question, site.port, site.address)
  })
}
