/**
 * A nameserver that comes to a Redis full of measurements: its store and its planner thread from `dist/`, as in production, and nothing else. Prints a
 * line of JSON when the planner has all there is, and one for every line it is given. For `redis-scale.ts`.
 *
 * usage: node --import tsx bench/redis-newcomer.ts <store URL>
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { millis } from '../src/base/brand.ts'
import type { Measurement } from '../src/model/measurement.ts'
import type { createStore as CreateStore } from '../src/store/create.ts'
import type { PlannerClient as Client } from '../src/worker/planner-client.ts'
import { REPOSITORY } from '../test/fixture/nameserver.ts'

export interface NewcomerFigures {
  /** Since the start of the process; CPU of all its threads. */
  readonly seconds: number
  readonly cpu: number
  /** Rows delivered so far; several for one pair count each. */
  readonly rows: number
  /** Octets: resident now, and at most so far. */
  readonly resident: number
  readonly peak: number
}

const built = (file: string): string => join(REPOSITORY, 'dist', file)
const { createStore } = (await import(built('store/create.js'))) as { createStore: typeof CreateStore }
const { PlannerClient } = (await import(built('worker/planner-client.js'))) as { PlannerClient: typeof Client }

const started = performance.now()
const planner = new PlannerClient(
  (_, message) => console.error(message),
  () => undefined,
)
let rows = 0
const ready = new Promise<void>(resolve => {
  const nothing = () => undefined
  const store = createStore(process.argv[2]!, {
    stateDir: '',
    clock: { now: () => millis(Date.now()) },
    log: (_, message) => console.error(message),
  })
  void store.open({
    onMeasurements(more: readonly Measurement[], position) {
      rows += more.length
      planner.measurements(more, position)
    },
    ...{
      onLoad: nothing,
      onIntent: nothing,
      onPlan: nothing,
      onNode: nothing,
      onHealth: nothing,
      onDemandReport: nothing,
      onAnew: nothing,
    },
    onStatus: (up, reason) => void (up || console.error(reason)),
    onReady: resolve,
  })
})
await ready
await tell()
for await (const _ of createInterface({ input: process.stdin })) await tell()
process.exit(0)

/** The planner answers when it has taken in what it was given before. */
async function tell(): Promise<void> {
  await planner.rtt()
  const { user, system } = process.cpuUsage()
  const status = readFileSync('/proc/self/status', 'utf8')
  const octets = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024
  const figures: NewcomerFigures = {
    ...{ seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, rows },
    ...{ resident: octets('VmRSS'), peak: octets('VmHWM') },
  }
  console.log(JSON.stringify(figures))
}
