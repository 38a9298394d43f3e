import { type Millis, millis } from '../../base/brand.ts'
import { MOST_LOAD } from '../../model/signals.ts'
import { HOLD_MAX_MS, MOST_AVERAGED, NOISE_MAX, NOISE_MIN, NOISE_START, RELAX_MAX } from './tuning.ts'

/** What one planning run leaves for the next, as plain JSON in the fleet plan: by cluster id, so that it outlives reloads and leaders. */
export interface LevelState {
  readonly version: 1
  readonly at: Millis
  readonly clusters: Readonly<Record<string, ClusterMemory>>
  /** Demand per weight of a cell as a multiple of that of its first choice, by cell key; absent = 1. */
  readonly shape: Readonly<Record<string, number>>
  /** The demand that the levels are planned for, see basis.ts; null = none yet. */
  readonly basis: Basis | null
  /** What was published, oldest first; an entry is in force until the next one. */
  readonly history: readonly Published[]
}

/** Demand as it was estimated when it was last found to be another. */
export interface Basis {
  /** By id of the first choice, in the unit of capacity. */
  readonly demand: Readonly<Record<string, number>>
  /** As in {@link LevelState}, of that time. */
  readonly shape: Readonly<Record<string, number>>
}

export interface ClusterMemory {
  /** 0..256. */
  level: number
  /** Demand of the blocks whose first choice it is, in the unit of capacity; null = no report yet. */
  demand: number | null
  /** Share of all weight that has it as first choice when `demand` was last estimated, 0..1. */
  weight: number
  /** Last report; `since` = when its value was first seen (a value that never changes is as old as that). null = never reported. */
  report: { value: number; at: Millis; since: Millis } | null
  /** Learnt relative noise of its reports (sigma), and from how many. */
  noise: number
  learnt: number
  /** Reports that its demand is the mean of: since it last was another, at most {@link MOST_AVERAGED}. */
  averaged: number
  /** Last deviation from the expected load, in sigma. */
  deviation: number
  /** Moving average of the deviations. */
  drift: number
  /** When its blocks' demand last changed by much; 0 = never. */
  newsAt: Millis
  /** Moments of the last raise and lowering, and since when it has been settled low enough to lower; 0 = never, not now. */
  raisedAt: Millis
  loweredAt: Millis
  lowSince: Millis
  /** Least time between a raise and the next lowering, ms. */
  hold: number
  /** Share of capacity that its target is raised by for lack of room, and when that last changed. */
  relax: number
  relaxedAt: Millis
}

export interface Published {
  readonly at: Millis
  /** 1..256 by cluster id; absent = 0. */
  readonly levels: Readonly<Record<string, number>>
  /** Share of blocks it may not serve, above 0 to 1 (1 = down or drained); absent = 0. */
  readonly closed: Readonly<Record<string, number>>
}

const NEVER = millis(0)

export function freshMemory(hold: number): ClusterMemory {
  return {
    level: 0,
    demand: null,
    weight: 0,
    report: null,
    noise: NOISE_START,
    learnt: 0,
    averaged: 0,
    deviation: 0,
    drift: 0,
    newsAt: NEVER,
    raisedAt: NEVER,
    loweredAt: NEVER,
    lowSince: NEVER,
    hold,
    relax: 0,
    relaxedAt: NEVER,
  }
}

export type StateVerdict = { kind: 'read'; state: LevelState } | { kind: 'none' } | { kind: 'unreadable' }

/** Reads what an earlier run (perhaps of another program version, through a store) left. Single bad values are replaced by harmless ones. */
export function readState(value: unknown, now: Millis, hold: number): StateVerdict {
  if (value === null || value === undefined) return { kind: 'none' }
  if (!isRecord(value) || value.version !== 1 || !isRecord(value.clusters)) return { kind: 'unreadable' }
  const clusters: Record<string, ClusterMemory> = Object.create(null)
  for (const [id, memory] of Object.entries(value.clusters)) {
    if (isRecord(memory)) clusters[id] = readMemory(memory, now, hold)
  }
  const history = Array.isArray(value.history)
    ? value.history.filter(isRecord).map(entry => readPublished(entry, now))
    : []
  history.sort((a, b) => a.at - b.at)
  const shape = numbers(value.shape, 1e6)
  const basis = isRecord(value.basis)
    ? { demand: numbers(value.basis.demand, MOST_LOAD), shape: numbers(value.basis.shape, 1e6) }
    : null
  return { kind: 'read', state: { version: 1, at: moment(value.at, now), clusters, shape, basis, history } }
}

function readMemory(memory: Record<string, unknown>, now: Millis, hold: number): ClusterMemory {
  const fresh = freshMemory(hold)
  return {
    level: Math.round(within(memory.level, 0, 256, 0)),
    demand: typeof memory.demand === 'number' ? within(memory.demand, 0, MOST_LOAD, 0) : null,
    weight: within(memory.weight, 0, 1, 0),
    report: readReport(memory.report, now),
    noise: within(memory.noise, NOISE_MIN, NOISE_MAX, fresh.noise),
    learnt: within(memory.learnt, 0, MOST_AVERAGED, 0),
    averaged: within(memory.averaged, 0, MOST_AVERAGED, MOST_AVERAGED),
    deviation: within(memory.deviation, -1e9, 1e9, 0),
    drift: within(memory.drift, -1e9, 1e9, 0),
    newsAt: moment(memory.newsAt, now),
    raisedAt: moment(memory.raisedAt, now),
    loweredAt: moment(memory.loweredAt, now),
    lowSince: moment(memory.lowSince, now),
    hold: within(memory.hold, hold, HOLD_MAX_MS, hold),
    relax: within(memory.relax, 0, RELAX_MAX, 0),
    relaxedAt: moment(memory.relaxedAt, now),
  }
}

function readReport(report: unknown, now: Millis): ClusterMemory['report'] {
  if (!isRecord(report) || typeof report.value !== 'number' || !(report.value >= 0 && report.value <= MOST_LOAD))
    return null
  return { value: report.value, at: moment(report.at, now), since: moment(report.since, now) }
}

function readPublished(entry: Record<string, unknown>, now: Millis): Published {
  return {
    at: moment(entry.at, now),
    levels: numbers(entry.levels, 256),
    closed: numbers(entry.closed, 1),
  }
}

function numbers(value: unknown, most: number): Record<string, number> {
  const clean: Record<string, number> = Object.create(null)
  if (isRecord(value)) for (const [id, x] of Object.entries(value)) clean[id] = within(x, 0, most, 0)
  return clean
}

/** A moment never lies ahead of now: the clock of the leader before may have been fast. */
function moment(value: unknown, now: Millis): Millis {
  return millis(within(value, 0, now, 0))
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
