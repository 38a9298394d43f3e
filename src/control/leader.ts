import type { Millis } from '../base/brand.ts'
import { comparePosition } from '../base/position.ts'
import type { Deployment } from '../model/deployment.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Planner } from '../model/planner.ts'
import type { DrainIntent } from '../model/signals.ts'
import { isNewerPlan } from '../store/plan-order.ts'
import { type Lease, type Store, StoreUnavailable } from '../store/store.ts'
import { turnCookieRing } from './cookie-ring.ts'
import type { DemandSurveyor } from './demand-surveyor.ts'
import type { EvidenceClock } from './evidence-clock.ts'
import type { FleetState } from './fleet-state.ts'
import { HealthJudge, healthAlarms, saysAlready } from './health-judge.ts'
import { LoadPlanner } from './load-planner.ts'
import { composeClusters, planAlarms } from './plan-composer.ts'
import { planInTime } from './plan-in-time.ts'
import { type Scored, Scorings } from './scorings.ts'
import { Surveyor } from './surveyor.ts'

/** A standby takes over within this time after the holder fell silent. */
const LEASE_MS = 6_000
const RENEW_MS = 2_000
/** Scorings are repeated this often, so that measurements age (ROUTING section 4). */
const RESCORE_MS = 60_000
/** Nameservers report every five seconds. */
const ALIVE_MS = 20_000
/** New evidence waits this long for more of the same batch... */
const EVIDENCE_SETTLE_MS = 250
/** ...but never longer than this; measurements of probers, which never stop, are taken together for longer. */
const IMPORT_PATIENCE_MS = 800
const PROBE_PATIENCE_MS = 5_000

export interface LeaderDeps {
  readonly node: string
  /** Who holds the lease: the node's name and what sets this process apart from another of the same name. */
  readonly holder: string
  readonly store: Store
  readonly planner: Planner
  readonly state: FleetState
  readonly clock: EvidenceClock
  readonly deployment: () => Deployment
  readonly demand: Pick<DemandSurveyor, 'look'>
  /** Milliseconds between two load plans. */
  readonly planIntervalMs: number
  /** A random secret for cookies, 32 hexadecimal digits. */
  readonly freshSecret: () => string
  /** The time of a drain is over, and the plan says so. */
  readonly onDrainEnd: (drain: DrainIntent) => void
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** News of measurements that no plan has taken up yet. */
interface PendingEvidence {
  readonly firstAt: Millis
  readonly lastAt: Millis
  readonly imported: boolean
}

/**
 * Holds the lease when it can and, while it does, writes the one plan of the fleet. Driven by {@link tick}; every decision is taken from the
 * state that the store delivered, so that whoever takes over decides the same.
 */
export class Leader {
  readonly #deps: LeaderDeps
  #lease: Lease | null = null
  #leaseAskedAt = Number.NEGATIVE_INFINITY
  #pending: PendingEvidence | null = null
  #evidence = ''
  /** The plan written last; it may not have come back through the store yet. */
  #written: FleetPlan | null = null
  /** The newest plan and what is made of it, so that it is read once. */
  #latestRead: { readonly of: FleetPlan | null; readonly by: FleetPlan | null } = { of: null, by: null }
  #rows = false
  #dirty = true
  readonly #surveyor = new Surveyor()
  readonly #load: LoadPlanner
  readonly #judge: HealthJudge
  readonly #scorings: Scorings<PendingEvidence | null>

  constructor(deps: LeaderDeps) {
    this.#deps = deps
    this.#judge = new HealthJudge(deps.state.health)
    this.#load = new LoadPlanner({ ...deps, onPlanned: () => this.touch() })
    this.#scorings = new Scorings(deps.planner, deps.log)
  }

  get isLeader(): boolean {
    return this.#lease !== null
  }

  /** Intents, configuration or the load plan changed: the next tick writes a new plan. */
  touch(): void {
    this.#dirty = true
  }

  noticeMeasurements(position: string, imported: boolean, now: Millis): void {
    this.#rows = true
    this.#surveyor.notice(position, imported, now)
    if (comparePosition(position, this.#evidence) > 0) this.#evidence = position
    this.#pending = {
      firstAt: this.#pending?.firstAt ?? now,
      lastAt: now,
      imported: imported || (this.#pending?.imported ?? false),
    }
  }

  async tick(now: Millis): Promise<void> {
    try {
      await this.#keepLease(now)
      if (this.#lease === null) return
      this.#load.tick(now, this.#latest(now))
      await this.#writePlan(now)
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      // Without the store nobody can hold a lease: levels freeze until it is back.
      this.#lease = null
    }
  }

  async resign(): Promise<void> {
    const lease = this.#lease
    this.#lease = null
    if (lease !== null) await this.#deps.store.releaseLease(lease).catch(() => undefined)
  }

  async #keepLease(now: Millis): Promise<void> {
    if (now - this.#leaseAskedAt < RENEW_MS) return
    this.#leaseAskedAt = now
    const before = this.#lease
    this.#lease = await this.#deps.store.acquireLease(this.#deps.holder, LEASE_MS)
    if ((before === null) !== (this.#lease === null)) {
      this.#deps.log(
        'info',
        this.#lease === null ? 'another nameserver leads the fleet now' : 'this nameserver leads the fleet now',
      )
    }
    if (this.#lease !== null && before?.token !== this.#lease.token) {
      this.#dirty = true
      this.#load.begin()
      this.#scorings.begin()
    }
  }

  async #writePlan(now: Millis): Promise<void> {
    const { store, state, deployment, clock, node } = this.#deps
    const lease = this.#lease
    if (lease === null) return
    const before = this.#latest(now)
    const scored = this.#score(before, now)
    const takeEvidence = scored?.pending != null
    const cookies = turnCookieRing(before?.cookies ?? null, now, this.#deps.freshSecret)
    const survey = this.#surveyor.next(
      before,
      now,
      await this.#deps.demand.look(before, now),
      joinedPositions(state, now),
    )
    const surveyed = survey.number !== (before?.survey.number ?? 0)
    const judgement = this.#judge.judge(before, deployment(), { now, evidence: clock.at(now) })
    const moved = this.#drainsMoved(before, now) || !saysAlready(before, judgement)
    const due = scored !== null || surveyed || cookies !== before?.cookies || moved
    if (!this.#dirty && !due) return
    this.#dirty = false
    const isWanted = this.#surveyor.isImportedSince((surveyed ? before?.survey.evidence : before?.evidence) ?? '')
    const refresh = scored !== null || before === null
    const allocation = this.#load.allocationAfter(before)
    const plan: FleetPlan = {
      token: lease.token,
      seq: before?.token === lease.token ? before.seq + 1 : 1,
      by: node,
      at: now,
      asOf: scored?.asOf ?? before?.asOf ?? clock.at(now),
      evidence: scored?.evidence ?? before?.evidence ?? this.#evidence,
      // The gate holds up what probers alone would move. A plan that follows before the tables do must not open it for what this one lets in.
      gated: refresh || surveyed ? !isWanted && (takeEvidence || surveyed) : before.gated,
      survey,
      allocation,
      held: scored?.held ?? before?.held ?? [],
      clusters: composeClusters(deployment(), state, this.#load.levels, now, judgement),
      monitors: judgement.monitors,
      cookies,
      levelState: this.#load.levels?.state ?? before?.levelState ?? null,
      alarms: [
        ...healthAlarms(judgement),
        ...planAlarms(deployment(), this.#load.levels, allocation),
        ...this.#scorings.alarms,
      ],
    }
    try {
      // A newer plan stands there. Under a token of our own that can only be a made-up one: the lease is given back, so that the next has a greater token.
      if ((await store.publishPlan(plan)) === 'stale-token') return await this.resign()
      this.#written = plan
      this.#tellDrainEnds(before, now)
      if (takeEvidence) this.#keepPendingAfter(scored, now)
    } catch (error) {
      this.#dirty = true
      throw error
    }
  }

  /** The evidence that the plan after `before` counts, once the planner has said what it leaves as it is; null: that of `before`. */
  #score(before: FleetPlan | null, now: Millis): Scored<PendingEvidence | null> | null {
    const asOf = this.#deps.clock.at(now)
    const pending = this.#evidenceIsDue(now) ? this.#pending : null
    const evidence = { asOf, evidence: this.#evidence, pending }
    if (before === null) return this.#rows ? { ...evidence, held: [] } : null
    const rescore = this.#rows && asOf - before.asOf >= RESCORE_MS
    return pending !== null || rescore ? this.#scorings.after(before, evidence, now) : null
  }

  /** What arrived while the plan was being made waits for the next one, as long as if it had come only now. */
  #keepPendingAfter({ pending, evidence }: Scored<PendingEvidence | null>, now: Millis): void {
    if (this.#pending === null || this.#pending === pending) this.#pending = null
    else this.#pending = { ...this.#pending, firstAt: now, imported: this.#surveyor.isImportedSince(evidence) }
  }

  #evidenceIsDue(now: Millis): boolean {
    const pending = this.#pending
    if (pending === null) return false
    const patience = pending.imported ? IMPORT_PATIENCE_MS : PROBE_PATIENCE_MS
    const settled = pending.imported && now - pending.lastAt >= EVIDENCE_SETTLE_MS
    return settled || now - pending.firstAt >= patience
  }

  /** The newest plan known here, with no moment ahead of `now`. */
  #latest(now: Millis): FleetPlan | null {
    const held = this.#deps.state.plan
    const newest = this.#written !== null && (held === null || isNewerPlan(this.#written, held)) ? this.#written : held
    if (newest !== this.#latestRead.of)
      this.#latestRead = { of: newest, by: newest === null ? null : planInTime(newest, now) }
    return this.#latestRead.by
  }

  /** Of the drains that still had time in the plan before. */
  #tellDrainEnds(before: FleetPlan | null, now: Millis): void {
    for (const { drain } of Object.values(before?.clusters ?? {})) {
      if (drain?.until === undefined || before!.at >= drain.until || now < drain.until) continue
      if (this.#deps.state.intents.get(drain.cluster)?.since === drain.since) this.#deps.onDrainEnd(drain)
    }
  }

  /** A drain has taken its next step, or run out, since the plan was written. */
  #drainsMoved(plan: FleetPlan | null, now: Millis): boolean {
    const { state, deployment } = this.#deps
    return deployment().clusters.some(({ id }) => state.drainOf(id, now) !== (plan?.clusters[id]?.drainPercent ?? 0))
  }
}

/** A nameserver that is alone differs from nobody. */
function joinedPositions(state: FleetState, now: Millis): readonly string[] {
  const alive = state.nodes(now).filter(({ at, stopped }) => stopped !== true && now - at <= ALIVE_MS)
  return alive.length < 2 ? [] : alive.flatMap(({ knowsSince }) => knowsSince ?? [])
}
