import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Status } from '../../src/model/status.ts'
import { REPOSITORY } from '../../test/fixture/nameserver.ts'
import { until } from '../../test/fixture/until.ts'
import { TOKEN } from './contenders/kingcdn.ts'
import { CAPACITY_BPS } from './contenders/kingcdn-geo.ts'
import { type Block, SITES } from './geo-world.ts'
import type { Running } from './start.ts'
import { xorshift } from './xorshift.ts'

/** What a running KingCDN is told of a geo world beside its configuration: measurements and load, as in operation. */

/** Clusters that every measured block is measured to. */
const MEASURED_CLUSTERS = 3
/** Every third cluster has more clients than it can serve. */
const crowded = (cluster: number): boolean => cluster % 3 === 0
const LEAST_SHEDDING = 4
const REPORT_EVERY_MS = 5_000
/** A survey waits for 5 s of quiet after an import. */
const AT_REST_MS = 8_000

/** Number of the site that is measured to be the fastest for block `i`. */
export const fastestSite = (i: number): number => (i * 7) % SITES.length

/** Imports round-trip times of the blocks, each to {@link MEASURED_CLUSTERS} clusters, and waits until the map counts them in. */
export async function importMeasurements(server: Running, blocks: readonly Block[]): Promise<void> {
  const file = join(server.site.folder, 'rtt.csv')
  const now = Math.floor(Date.now() / 1000)
  const rows = blocks.flatMap((block, i) =>
    Array.from({ length: MEASURED_CLUSTERS }, (_, k) => {
      const { id } = SITES[(fastestSite(i) + k) % SITES.length]!
      return `${block.join('.')}.0/24,${id},${2 + 15 * k + (i % 10) / 10},0,${now}\n`
    }),
  )
  writeFileSync(file, `prefix,cluster,rtt_ms,loss,measured_at\n${rows.join('')}`)
  const args = ['rtt', 'import', file, '-c', join(server.site.folder, 'kingcdn.yaml')]
  execFileSync(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), ...args], { stdio: 'ignore' })
  const { builtAt } = (await status(server)).snapshot
  await until(
    'the measurements to be in the map',
    async () => {
      const { snapshot, rtt } = await status(server)
      return rtt.rows > 0 && snapshot.builtAt > builtAt && !snapshot.coarse
    },
    60_000,
  )
}

/**
 * Reports load as the clusters of a busy network would: {@link crowded} ones above their target, less the more they shed, the others at 40 %. Goes on
 * until the end of the bench; resolves as soon as several clusters shed.
 */
export async function crowd(server: Running): Promise<void> {
  const random = xorshift(4711)
  const report = async (): Promise<void> => {
    const { clusters } = await status(server)
    for (const [i, { id, level }] of clusters.entries()) {
      const noise = random(1000) / 50_000
      const share = crowded(i) ? 1.1 - (0.4 * level) / 256 + noise : 0.4 + noise
      const bps = Math.round(share * CAPACITY_BPS)
      await call(server, 'POST', `/v1/clusters/${id}/load`, JSON.stringify({ bps }))
    }
  }
  await report()
  setInterval(() => void report().catch(() => undefined), REPORT_EVERY_MS).unref()
  await until(
    'several clusters to shed',
    async () => shedding(await status(server)).length >= LEAST_SHEDDING,
    120_000,
    1_000,
  )
  await atRest(server)
}

/** Until no new map has come for a while: what was just imported is surveyed a few seconds later. */
async function atRest(server: Running): Promise<void> {
  let generation = 0
  let since = performance.now()
  await until(
    'no new map to come',
    async () => {
      const { snapshot } = await status(server)
      if (snapshot.generation !== generation) since = performance.now()
      generation = snapshot.generation
      return performance.now() - since > AT_REST_MS
    },
    120_000,
    500,
  )
}

/** Clusters that turn some of their clients away. */
export const shedding = ({ clusters }: Status): string[] =>
  clusters.filter(({ level }) => level > 0).map(({ id, level }) => `${id} ${level}`)

/** Clusters that were named in answers since the start. */
export const answering = ({ clusters }: Status): number => clusters.filter(({ answers }) => answers > 0).length

export async function status(server: Running): Promise<Status> {
  return JSON.parse(await call(server, 'GET', '/v1/status', '')) as Status
}

/** Each call has a connection of its own: while a tool runs, a kept one may be closed unseen. */
function call({ site }: Running, method: string, path: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
  return new Promise((resolve, reject) => {
    const options = { host: site.address, port: site.httpPort, method, path, headers, agent: false }
    const sent = request(options, reply => {
      let text = ''
      reply.on('data', chunk => {
        text += String(chunk)
      })
      reply.on('end', () => (reply.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${text}`))))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
