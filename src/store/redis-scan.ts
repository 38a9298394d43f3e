import type { Clock } from '../base/clock.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import type { DrainIntent, LoadSample, NodeReport } from '../model/signals.ts'
import { INTENTS, type KeyName, parseKey } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import { MAX_ROW_OCTETS, RowReader, unpackField } from './row-codec.ts'
import { believable, MAX_TEXT_OCTETS, parseJson, readIntent, readLoad, readNode } from './signal-codec.ts'
import type { Skipped } from './skipped.ts'

/** More clusters than this have no place in one hash, nor more intents in theirs. */
const MAX_FIELDS = 4_096
/** What a nameserver can hold; whoever writes more into Redis fills it, not us. */
export const MAX_ROWS = 10_000_000
export const MAX_KEY_OCTETS = 256

export interface ScanDeps {
  readonly client: RedisClient
  readonly clock: Clock
  readonly skipped: Skipped
}

export interface PageDeps extends ScanDeps {
  readonly reader: RowReader
}

export interface StateSink {
  rows(rows: readonly Measurement[]): void
  load(sample: LoadSample): void
  node(report: NodeReport): void
  /** There is something of this monitor: see redis-health. */
  health(monitor: string): Promise<void>
}

/** Reads measurements, loads and the reports of nodes and monitors, page by page; whatever is not as it should be is skipped and counted. */
export async function scanState(deps: ScanDeps, sink: StateSink): Promise<void> {
  const reader = new RowReader()
  let total = 0
  let before: Promise<readonly Measurement[]> = Promise.resolve([])
  for await (const page of deps.client.keys()) {
    // While one page is taken in, the next is on its way.
    const next = readPage({ ...deps, reader }, page, sink)
    next.catch(() => undefined)
    total += give(await before, sink)
    if (total > MAX_ROWS) {
      deps.skipped.add('measurements', `more than ${MAX_ROWS}, the rest is not loaded`)
      return
    }
    before = next
  }
  give(await before, sink)
}

function give(rows: readonly Measurement[], sink: StateSink): number {
  if (rows.length > 0) sink.rows(rows)
  return rows.length
}

async function readPage(deps: PageDeps, page: readonly string[], sink: StateSink): Promise<readonly Measurement[]> {
  const names = page.filter(key => key.length <= MAX_KEY_OCTETS)
  deps.skipped.add('keys', 'far too long names', page.length - names.length)
  const rows = await Promise.all(names.map(key => readKey(deps, key, parseKey(key), sink)))
  return rows.flat()
}

/** The intents, those that have run out included. `isWhole`: all that is there could be read. */
export async function readIntents({ client, clock, skipped }: ScanDeps): Promise<{
  readonly intents: readonly DrainIntent[]
  readonly isWhole: boolean
}> {
  const intents: DrainIntent[] = []
  const { pairs, leftOut } = await readPairs(client, skipped, INTENTS, MAX_TEXT_OCTETS, MAX_FIELDS)
  for (const [cluster, text] of pairs) {
    const intent = believable(readIntent(parseJson(text)), ({ since }) => since, clock.now())
    if (intent?.cluster === cluster) intents.push(intent)
    else skipped.add(`${INTENTS} ${cluster}`, 'it is no intent')
  }
  return { intents, isWhole: leftOut === 0 && intents.length === pairs.length }
}

/** Field and value pairs of a hash; empty when it is none, those left out counted. */
export async function readHash(
  client: RedisClient,
  skipped: Skipped,
  key: string,
  mostOctets: number,
  mostFields = MAX_FIELDS,
): Promise<Pairs> {
  return (await readPairs(client, skipped, key, mostOctets, mostFields)).pairs
}

type Pairs = readonly (readonly [string, string])[]

/** `leftOut`: how many fields; all of what is no hash. */
async function readPairs(
  client: RedisClient,
  skipped: Skipped,
  key: string,
  mostOctets: number,
  mostFields: number,
): Promise<{ readonly pairs: Pairs; readonly leftOut: number }> {
  const reply = await client.script('readHash', [key], [mostFields, mostOctets])
  if (!Array.isArray(reply) || reply[0] === -1) {
    skipped.add(key, 'it is no hash, or one with far too many fields')
    return { pairs: [], leftOut: Number.POSITIVE_INFINITY }
  }
  const leftOut = Number(reply[0])
  skipped.add(key, 'far too large values', leftOut)
  const pairs: [string, string][] = []
  for (let i = 1; i + 1 < reply.length; i += 2) pairs.push([String(reply[i]), String(reply[i + 1])])
  return { pairs, leftOut }
}

async function readKey(deps: PageDeps, key: string, name: KeyName, sink: StateSink): Promise<readonly Measurement[]> {
  switch (name.kind) {
    case 'rtt':
      return readRows(deps, key, name.prefix)
    case 'load':
      await readText(deps, key, text => {
        const sample = believable(readLoad(name, text), ({ at }) => at, deps.clock.now())
        if (sample !== null) sink.load(sample)
        return sample !== null
      })
      return []
    case 'node':
      await readText(deps, key, text => {
        const report = believable(readNode(parseJson(text)), ({ at }) => at, deps.clock.now())
        if (report !== null) sink.node(report)
        return report !== null
      })
      return []
    case 'health':
      await sink.health(name.monitor)
      return []
    case 'foreign':
      deps.skipped.add(key, 'a key that does not belong here')
      return []
    case 'single':
      return []
  }
}

/** The rows of a key, named by the prefix in it; what cannot be read is left out and counted. */
export async function readRows(
  { client, clock, skipped, reader }: PageDeps,
  key: string,
  text: string,
): Promise<Measurement[]> {
  const prefix = reader.prefix(text)
  if (prefix === null) {
    skipped.add(key, 'its name holds no prefix')
    return []
  }
  const now = clock.now()
  const rows: Measurement[] = []
  for (const [field, figures] of await readHash(client, skipped, key, MAX_ROW_OCTETS)) {
    const row = unpackField(prefix, field, figures, { reader, now })
    if (row !== null) rows.push(row)
    else if (!isExpired(figures, now)) skipped.add(`${key} ${field}`, 'its figures cannot be read')
  }
  return rows
}

/** Fields of a hash have no TTL of their own: that one is past its lifetime is no fault. */
function isExpired(figures: string, now: number): boolean {
  const at = Number(/^(\d{1,16}) /.exec(figures)?.[1])
  return at > 0 && now - at > MEASUREMENT_LIFETIME_MS
}

async function readText({ client, skipped }: ScanDeps, key: string, use: (text: string) => boolean): Promise<void> {
  const text = await client.text(key, MAX_TEXT_OCTETS)
  // '' = expired since SCAN saw it.
  if (text === '') return
  if (typeof text !== 'string' || text.length > MAX_TEXT_OCTETS || !use(text))
    skipped.add(key, 'its value cannot be read')
}
