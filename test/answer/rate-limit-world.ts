import { Answerer } from '../../src/answer/answerer.ts'
import { Transport } from '../../src/answer/exchange.ts'
import { millis } from '../../src/base/brand.ts'
import type { AnswerSettings, RateLimitSettings } from '../../src/model/answer-settings.ts'
import { COUNTER_SLOTS } from '../../src/model/counters.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildQuery, parseMessage, type QuerySpec } from '../fixture/message.ts'
import { type Ask, openWorld, peerOf, type World } from './world.ts'

/** Ten responses a second, slip 1, nobody exempt. */
export const TEN: RateLimitSettings = { perSecond: 10, slip: 1, exempt: [], dryRun: false }

export interface LimitedWorld extends World {
  /** Puts the clock on or back. */
  pass(ms: number): void
}

export function limited(settings: Partial<RateLimitSettings> = {}, others: Partial<AnswerSettings> = {}): LimitedWorld {
  let now = 1_700_000_000_000
  const rateLimit = { ...TEN, ...settings }
  const world = openWorld({ settings: { ...BARE_SETTINGS, ...others, rateLimit }, now: () => now })
  return {
    ...world,
    pass: ms => {
      now += ms
    },
  }
}

/** What became of some queries, in order: `+` answered, `T` truncated to nothing, `.` silence. */
export function fates(world: World, count: number, spec: (i: number) => QuerySpec, how?: Ask): string {
  return Array.from({ length: count }, (_, i) => fate(world.exchange(buildQuery(spec(i)), how))).join('')
}

export function fate(reply: Uint8Array): '+' | 'T' | '.' {
  if (reply.length === 0) return '.'
  const { tc, answer, authority, additional } = parseMessage(reply)
  if (!tc) return '+'
  if (answer.length + authority.length + additional.length > 0) throw new Error('a truncated reply that has records')
  return 'T'
}

/** Number of answered queries among so many at one moment: what is left of the account, at most `most`. */
export function credit(world: World, spec: QuerySpec, how?: Ask, most = 40): number {
  return fates(world, most, () => spec, how).lastIndexOf('+') + 1
}

/** An answerer over the same tables whose log sentences are kept. */
export function noted(settings: Partial<RateLimitSettings>) {
  let now = 1_700_000_000_000
  const notes: string[] = []
  const answerer = new Answerer({
    ...{ nsid: 'ns1', ecs: true, maxPayload: 1232, idleMs: 10_000 },
    counters: new Float64Array(COUNTER_SLOTS),
    settings: { ...BARE_SETTINGS, rateLimit: { ...TEN, ...settings } },
    clock: { now: () => millis(now) },
    secret: new Uint32Array(4),
    note: sentence => notes.push(sentence),
  })
  answerer.use(openWorld().tables)
  const out = new Uint8Array(4096)
  const answer = (query: Uint8Array, from = '192.0.2.200') =>
    answerer.answer(query, query.length, peerOf(from), Transport.Udp, out)
  const ask = (spec: QuerySpec, count = 1, from?: string): void => {
    for (let i = 0; i < count; i++) answer(buildQuery(spec), from)
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { notes, answer, ask, pass }
}
