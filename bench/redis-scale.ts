/**
 * Claim: Redis holds the RTTs of 100,000 resolver blocks to 50 clusters in half a gigabyte, a nameserver that comes to it has them in two minutes without
 * ever holding them as objects, and 3,000 new rows a second cost it a tenth of a core.
 *
 * usage: npm run bench -- redis-scale   (needs redis-server and a build; WORLD=2000x50 for a small one; up to 3 GB of memory, some ten minutes)
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { millis } from '../src/base/brand.ts'
import type { Measurement } from '../src/model/measurement.ts'
import { createStore } from '../src/store/create.ts'
import { type RedisServer, startRedis } from '../test/fixture/redis-server.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { publish, table, verdict, whole } from './harness/report.ts'
import type { NewcomerFigures } from './redis-newcomer.ts'

const [PREFIXES = 0, CLUSTERS = 0] = (process.env.WORLD ?? '100000x50').split('x').map(Number)
const ROWS = PREFIXES * CLUSTERS
const BATCH_PREFIXES = 200
const STEADY_SECONDS = Number(process.env.SECONDS ?? 20)
const STEADY_ROWS = 3_000

const redis = await startRedis()
try {
  await measure(redis)
} finally {
  await redis.stop()
}

async function measure(redis: RedisServer): Promise<void> {
  const store = createStore(redis.url, { stateDir: '', clock: { now: () => millis(Date.now()) }, log: () => undefined })
  const empty = await figuresOf(redis)
  const began = performance.now()
  for (let p = 0; p < PREFIXES; p += BATCH_PREFIXES) await store.putMeasurements(rowsOf(p, BATCH_PREFIXES))
  const fillSeconds = (performance.now() - began) / 1000
  const full = await figuresOf(redis)
  console.error(`${whole(ROWS)} rows written in ${fillSeconds.toFixed(0)} s`)

  const newcomer = startNewcomer(redis.url)
  const loaded = await newcomer.figures()
  const read = await figuresOf(redis)
  console.error(`loaded: ${JSON.stringify(loaded)}`)

  await steady(n => store.putMeasurements(rowsOf((n * STEADY_ROWS) / CLUSTERS, STEADY_ROWS / CLUSTERS)))
  const followed = await newcomer.figures()
  const after = await figuresOf(redis)
  await newcomer.stop()
  await store.close()
  const mebi = (octets: number): string => whole(octets / 2 ** 20)
  const perRow = (full.memory - empty.memory) / ROWS
  const core = (followed.cpu - loaded.cpu) / (followed.seconds - loaded.seconds)
  publish({
    claim: 'redis-scale',
    title: 'Measurements in Redis',
    body: `${whole(PREFIXES)} prefixes x ${CLUSTERS} clusters, ${whole(ROWS)} rows, one redis-server without persistence, all on one machine. "Newcomer": store and planner
thread of a nameserver; its seconds and CPU until the planner thread holds all rows (no map is compiled from them), all threads together; then ${whole(STEADY_ROWS)} rows a second are written in one call each second.

${table(
  ['', 'seconds', 'CPU s', 'of Redis CPU s', 'MiB in memory', 'MiB on the wire'],
  [
    [
      'written through the store',
      fillSeconds.toFixed(1),
      '',
      (full.cpu - empty.cpu).toFixed(1),
      mebi(full.memory),
      mebi(full.input - empty.input),
    ],
    [
      'read by a newcomer',
      loaded.seconds.toFixed(1),
      loaded.cpu.toFixed(1),
      (read.cpu - full.cpu).toFixed(1),
      `${mebi(loaded.resident)} (peak ${mebi(loaded.peak)})`,
      mebi(read.output - full.output),
    ],
    [
      `${STEADY_SECONDS} s of updates`,
      (followed.seconds - loaded.seconds).toFixed(1),
      (followed.cpu - loaded.cpu).toFixed(1),
      (after.cpu - read.cpu).toFixed(1),
      `${mebi(followed.resident)} (peak ${mebi(followed.peak)})`,
      mebi(after.output - read.output),
    ],
  ],
)}

${perRow.toFixed(0)} octets of Redis for each row; ${whole(followed.rows - loaded.rows)} rows followed.

${verdict('MiB in Redis', full.memory / 2 ** 20, 'at most', 512)}
${verdict('seconds until a newcomer has all', loaded.seconds, 'at most', 120)}
${verdict('peak of the newcomer, octets for each row', loaded.peak / ROWS, 'at most', 250)}
${verdict('cores for following', core, 'at most', 0.1)}`,
    versions: [`KingCDN ${kingcdn.version()}`],
  })
}

/** Calls `write` once a second. */
async function steady(write: (second: number) => Promise<void>): Promise<void> {
  const began = performance.now()
  for (let n = 0; n < STEADY_SECONDS; n++) {
    await write(n)
    await sleep(Math.max(0, began + (n + 1) * 1000 - performance.now()))
  }
}

function rowsOf(first: number, count: number): Measurement[] {
  const measuredAt = millis(Date.now())
  return Array.from({ length: count * CLUSTERS }, (_, i): Measurement => {
    const p = (first + Math.floor(i / CLUSTERS)) % PREFIXES
    const c = i % CLUSTERS
    return {
      prefix: { family: 4, hi: (0x0b000000 + p * 256) >>> 0, lo: 0, length: 24 },
      cluster: `cluster-${c}`,
      ...{
        rttMs: 1 + ((p * 31 + c * 17) % 2_999) / 10,
        rttVarMs: ((p + c) % 97) / 10,
        loss: (p % 50) / 1000,
        samples: 1 + (p % 99),
      },
      ...{ measuredAt, source: 'probe' },
    }
  })
}

interface RedisFigures {
  /** Octets. */
  readonly memory: number
  readonly input: number
  readonly output: number
  /** Seconds. */
  readonly cpu: number
}

async function figuresOf(server: RedisServer): Promise<RedisFigures> {
  const info = await server.command('INFO', 'everything')
  const figure = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return {
    memory: figure('used_memory'),
    input: figure('total_net_input_bytes'),
    output: figure('total_net_output_bytes'),
    cpu: figure('used_cpu_user') + figure('used_cpu_sys'),
  }
}

function startNewcomer(url: string) {
  const args = ['--import', 'tsx', '--max-old-space-size=4096', join(import.meta.dirname, 'redis-newcomer.ts'), url]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let asked = false
  return {
    /** The first are those of the start. */
    async figures(): Promise<NewcomerFigures> {
      if (asked) child.stdin.write('\n')
      asked = true
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the newcomer ended')
      return JSON.parse(value) as NewcomerFigures
    },
    async stop(): Promise<void> {
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}
