import { type Millis, millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { firstAddress, LEAF_LENGTH, type Prefix, parsePrefix, prefixOf } from '../base/prefix.ts'
import type { ControlPort } from '../control/port.ts'
import type { PassivePort, PassiveSample } from '../model/passive.ts'
import { Failure } from './failure.ts'
import { demandFields, isProblems, listOf, number, optional, parsed, readFields } from './fields.ts'
import { failureReply, json, type Reply } from './reply.ts'
import type { Call } from './router.ts'
import { time } from './rtt.ts'

export const SAMPLE_LIMIT = 5_000
/** A reporter whose clock is further off is told so; samples are of the last minutes. */
const AHEAD_MS = 60_000
const BEHIND_MS = 10 * 60_000

/** An address stands for the leaf it is in, and so does a block that is longer than a leaf. */
function parseClient(text: string): Prefix | null {
  const prefix = parsePrefix(text)
  if (prefix === null || prefix.length < LEAF_LENGTH[prefix.family]) return null
  return prefixOf(firstAddress(prefix), LEAF_LENGTH[prefix.family])
}

const SAMPLE = {
  client: parsed(
    parseClient,
    'an address, or a block of at least /24 (IPv4) or /56 (IPv6) without bits after its length',
  ),
  rtt_ms: number({ above: 0, max: 60_000 }),
  n: optional(number({ min: 1, max: 1e6, whole: true })),
}
export const BATCH = { samples: listOf(SAMPLE, SAMPLE_LIMIT, 'samples'), measured_at: optional(time) }

/**
 * `{ samples: [{ client, rtt_ms, n? }, ...], measured_at? }`: what the edge of one cluster saw on connections of its clients, at most
 * {@link SAMPLE_LIMIT} samples. All or nothing, except that samples of blocks without clients are left out and counted.
 */
export async function putPassiveRtt(port: ControlPort, passive: PassivePort, clock: Clock, call: Call): Promise<Reply> {
  const reporter = { cluster: call.params.id!, address: call.remote }
  demandCluster(port, reporter.cluster)
  let samples = 1
  try {
    const body = await call.body()
    samples = Math.max(samples, sizeOf(body))
    const wait = passive.admit(reporter, samples)
    if (wait > 0) return { ...failureReply(tooMany(wait)), feed: true }
    const batch = readBatch(body, clock.now())
    return { ...json(await passive.take(reporter.cluster, batch.samples, batch.at)), feed: true }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    passive.refuse(reporter, samples, thrown.message)
    return { ...failureReply(thrown), feed: true }
  }
}

function demandCluster(port: ControlPort, id: string): void {
  const ids = port.status().clusters.map(cluster => cluster.id)
  if (!ids.includes(id))
    throw new Failure(
      'not-found',
      `no cluster ${JSON.stringify(id.slice(0, 63))}; clusters are ${ids.join(', ') || '(none configured)'}`,
    )
}

/** Samples that a body seems to have. */
function sizeOf(body: unknown): number {
  const samples = (body as { samples?: unknown } | null | undefined)?.samples
  return Array.isArray(samples) ? samples.length : 0
}

function tooMany(waitMs: number): Failure {
  const seconds = Math.ceil(waitMs / 1000)
  return new Failure('too-many-requests', `this reporter sends too much; the next batch in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  })
}

function readBatch(body: unknown, now: Millis): { samples: readonly PassiveSample[]; at: Millis } {
  const batch = demandFields(body, BATCH)
  if (batch.samples.length > SAMPLE_LIMIT)
    throw new Failure('too-large', `${batch.samples.length} samples in one batch; legal: at most ${SAMPLE_LIMIT}`)
  return { at: timeOf(batch.measured_at, now), samples: readSamples(batch.samples) }
}

/** Of a batch that names no time: the time it came. */
function timeOf(given: Millis | undefined, now: Millis): Millis {
  const at = given ?? now
  if (at > now + AHEAD_MS || at < now - BEHIND_MS) {
    const off = `${Math.round(Math.abs(at - now) / 1000)} s ${at > now ? 'ahead' : 'old'}`
    throw new Failure(
      'bad-request',
      `measured_at: is ${off}; legal: the last ${BEHIND_MS / 60_000} minutes by a clock that is right, or none`,
    )
  }
  return millis(Math.min(at, now))
}

function readSamples(given: readonly unknown[]): PassiveSample[] {
  const samples: PassiveSample[] = []
  const bad: { readonly index: number; readonly problems: readonly string[] }[] = []
  for (const [index, each] of given.entries()) {
    const sample = readFields(each, SAMPLE)
    if (isProblems(sample)) bad.push({ index, problems: sample })
    else samples.push({ prefix: sample.client, rttMs: sample.rtt_ms, n: sample.n ?? 1 })
  }
  const first = bad[0]
  if (first === undefined) return samples
  const message = `${bad.length} of ${given.length} samples are wrong and nothing was taken; sample ${first.index}: ${first.problems.join('; ')}`
  throw new Failure('bad-request', message, { details: { samples: bad.slice(0, MOST_NAMED) } })
}

/** Bad samples that an answer lists: it must not be larger than what it answers. */
const MOST_NAMED = 100
