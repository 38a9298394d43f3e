/**
 * Claim: the whole answer path (decode, cookie, answer, OPT, counters, rate limit) costs a fraction of what the kernel takes for a datagram, and
 * allocates nothing.
 *
 * usage: npm run bench -- answer-cost   (no sockets, no other server; about a minute)
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { newOctets } from '../src/base/octets.ts'
import { newPeer, type Peer } from '../src/base/peer.ts'
import { type AnswerPath, openAnswerPath } from './answer-path.ts'
import {
  absentQueries,
  deploymentIn,
  httpsQueries,
  measurements,
  routedQueries,
  SETTINGS,
  sharedQueries,
  staticQueries,
} from './answer-world.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { temporaryFolder } from './harness/folder.ts'
import { publish, table, whole } from './harness/report.ts'
import { median } from './harness/rounds.ts'

const TURNS = Number(process.env.TURNS ?? 9)
const QUERIES = 100_000
/** Each set is asked so often in a turn: a turn is to last far longer than the clock's tick. */
const REPEATS = 3
/** Messages between two readings of the clock. */
const BATCH = 64
/** From 203.0.113.0 on: no address fits into 31 bits. */
const ONE_RESOLVER = 1
const MANY_RESOLVERS = 4_096

interface QuerySet {
  readonly label: string
  readonly resolvers: number
  /** Messages one behind the other, and where each begins; one more closes the last one. */
  readonly octets: Uint8Array
  readonly starts: Uint32Array
}

interface Figures {
  readonly nanos: number
  readonly heapOctets: number
}

let collections = 0
const observer = new PerformanceObserver(list => {
  collections += list.getEntries().length
})
observer.observe({ entryTypes: ['gc'] })
const path = await openAnswerPath({
  ...{ deployment: deploymentIn(temporaryFolder()), measurements: measurements(), settings: SETTINGS },
})
const sets = querySets(path).filter(({ label }) => label.includes(process.env.ONLY ?? ''))
const figures = await measured(path, sets)
observer.disconnect()
publish({
  claim: 'answer-cost',
  title: 'What an answer costs without the kernel',
  body: `CPU time of one message in, message out, in one thread without sockets, with cookies and rate limit (counting only) on and the clock read every
${BATCH} messages; ${whole(QUERIES)} queries a set, median and best of ${TURNS} turns, what copying the messages takes left out. Heap: octets that a query leaves to the garbage collector.

${table(['query for', 'ns', 'best', 'heap'], sets.map(row))}`,
  versions: [`KingCDN ${kingcdn.version()}`],
})

function querySets(path: AnswerPath): QuerySet[] {
  const clientCookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  const set = (label: string, messages: readonly Uint8Array[], resolvers = ONE_RESOLVER): QuerySet => ({
    ...{ label, resolvers, octets: Buffer.concat(messages) },
    starts: Uint32Array.from([0, ...messages.map(sum(message => message.length))]),
  })
  const goodCookie = [0, 10, 0, 24, ...cookieFor(path, staticQueries(1, clientCookie)[0]!)]
  return [
    set('address of one of 2,000 names', staticQueries(QUERIES)),
    set('the same, 4,096 resolvers', staticQueries(QUERIES), MANY_RESOLVERS),
    set('the same, with a client cookie', staticQueries(QUERIES, clientCookie)),
    set('the same, with a good cookie', staticQueries(QUERIES, goodCookie)),
    set('a name that does not exist, each another', absentQueries(QUERIES)),
    set('a service, ECS from 100,000 random blocks', routedQueries(QUERIES)),
    set('the same, 4,096 resolvers', routedQueries(QUERIES), MANY_RESOLVERS),
    set('its HTTPS record', httpsQueries(QUERIES)),
    set('a hostname that CDNs share', sharedQueries(QUERIES)),
  ]
}

/** Running sum of `octets` over what it is called with. */
function sum<T>(octets: (item: T) => number): (item: T) => number {
  let total = 0
  return item => {
    total += octets(item)
    return total
  }
}

/** Client and server cookie, as the reply to a query with a client cookie has them: the last option of its last record. */
function cookieFor(path: AnswerPath, message: Uint8Array): number[] {
  const peer = newPeer()
  setResolver(peer, 0)
  const length = path.answer(message, message.length, peer)
  return [...path.out.subarray(length - 24, length)]
}

function setResolver(peer: Peer, i: number): void {
  peer.hi = 0xcb007100 + i
}

/** In turns, what one set disturbs disturbs all of them. What copying the messages costs is taken off. */
async function measured(path: AnswerPath, sets: readonly QuerySet[]): Promise<Map<QuerySet, Figures[]>> {
  const silent: AnswerPath = { ...path, answer: () => 0 }
  const figures = new Map(sets.map(set => [set, [] as Figures[]]))
  // The first two turns are for the compiler.
  for (let turn = -2; turn < TURNS; turn++) {
    for (const set of sets) {
      const whole = await run(path, set)
      const loop = await run(silent, set)
      if (turn >= 0) figures.get(set)!.push({ nanos: whole.nanos - loop.nanos, heapOctets: whole.heapOctets })
    }
  }
  return figures
}

async function run(path: AnswerPath, { octets, starts, resolvers }: QuerySet): Promise<Figures> {
  const message = newOctets(512)
  const peer = newPeer()
  const queries = QUERIES * REPEATS
  await setTimeout(0)
  const collectionsBefore = collections
  const heapBefore = getHeapStatistics().used_heap_size
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (let i = 0; i < QUERIES; i++) {
      if (i % BATCH === 0) path.tick()
      const start = starts[i]!
      const length = starts[i + 1]! - start
      for (let k = 0; k < length; k++) message[k] = octets[start + k]!
      setResolver(peer, i % resolvers)
      path.answer(message, length, peer)
    }
  }
  const { user, system } = process.cpuUsage(before)
  const heap = getHeapStatistics().used_heap_size - heapBefore
  await setTimeout(0)
  // Where the collector ran, what it took away is not known.
  const heapOctets = collections > collectionsBefore ? Number.POSITIVE_INFINITY : heap / queries
  return { nanos: ((user + system) * 1e3) / queries, heapOctets }
}

function row(set: QuerySet): string[] {
  const turns = figures.get(set)!
  const nanos = turns.map(turn => turn.nanos)
  const heap = median(turns.map(turn => turn.heapOctets))
  const octets = Number.isFinite(heap) ? heap.toFixed(2) : 'collected'
  return [set.label, whole(median(nanos)), whole(Math.min(...nanos)), octets]
}
