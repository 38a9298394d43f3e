import type { Family } from '../../base/ip.ts'
import { formatPrefix, LEAF_LENGTH } from '../../base/prefix.ts'
import { type HeldChoice, MOST_HELD } from '../../model/fleet-plan.ts'
import type { HoldVerdict } from '../../model/planner.ts'
import { type Block, emptyBlock } from '../../route/block.ts'
import { findBlock, type Spot } from '../../route/locate/locate.ts'
import type { MapGroup } from '../../route/race.ts'
import { admitAll, newWorkbench, rankAll, scoreAll, type Workbench } from '../../route/route.ts'
import type { PolicyRule } from '../../route/score/rank.ts'
import { NO_CLUSTER, type RouteTables } from '../../route/tables.ts'
import { fixedFor } from '../draft-rows.ts'
import { groupKey, mapGroupOf } from '../map-groups.ts'
import type { Swept } from '../swept.ts'
import { fillBlock, PROFILE_WIDTH, profileAt, type World } from '../world.ts'
import { type HeldProfiles, heldIn, profileKey, termsOf } from './held.ts'
import { isOtherClass } from './news.ts'
import { leastGainMs, STICKY_WINS } from './sticky.ts'

/** What is served, and what it was compiled from. */
export interface Served {
  readonly world: World
  readonly tables: RouteTables
}

/** What is known now, its space swept; profiles `from ..` are those of measured blocks. */
export interface Outlook {
  readonly world: World
  readonly swept: Swept
  readonly groups: readonly MapGroup[]
  readonly from: number
}

/**
 * Which measured blocks keep their present first choice although another cluster scores better now (ROUTING section 4, sticky): all that another
 * does not beat by {@link leastGainMs} in {@link STICKY_WINS} scorings in a row. Not those of which there is news of another
 * class. `held`: what is held now, with the wins so far; `counts`: a minute has passed since wins were counted. The plan
 * names the exceptions only: what it does not name goes by score.
 */
export function holdChoices(served: Served, now: Outlook, held: readonly HeldChoice[], counts: boolean): HoldVerdict {
  const maps = comparableMaps(served, now, held)
  if (maps.length === 0) return { held: [], beyond: 0 }
  const scorer = new Scorer(served, now, counts)
  const found: Found[] = []
  eachMeasured(now, (family, hi, lo, profile) => {
    scorer.enter(profile, family, hi, lo)
    for (const map of maps) {
      const choice = scorer.judge(map)
      if (choice !== null) found.push(choice)
    }
  })
  // Whoever would gain least by switching loses least by switching at once.
  if (found.length > MOST_HELD) found.sort((a, b) => b.gainMs - a.gainMs)
  return {
    held: found.slice(0, MOST_HELD).map(({ choice }) => choice),
    beyond: Math.max(0, found.length - MOST_HELD),
  }
}

interface Found {
  readonly choice: HeldChoice
  readonly gainMs: number
}

/** A map that stands in both worlds. */
interface ComparableMap {
  readonly group: MapGroup
  /** Its first service, and the number of that in the tables served. */
  readonly service: string
  readonly before: number
  readonly terms: number
  readonly held: HeldProfiles
}

/** A configuration that has changed is not held up: where clusters or the terms of the race differ, the new choice counts at once. */
function comparableMaps({ world, tables }: Served, now: Outlook, held: readonly HeldChoice[]): ComparableMap[] {
  const today = now.world.input.deployment.services
  const termsThen = new Map(
    world.input.deployment.services.map(service => [service.id, termsOf(world, mapGroupOf(service, world))]),
  )
  const keys = today.map(service => groupKey(mapGroupOf(service, now.world)))
  return now.groups.flatMap(group => {
    const { id } = today[keys.indexOf(groupKey(group))]!
    const before = tables.serviceIds.indexOf(id)
    const terms = termsOf(now.world, group)
    if (before < 0 || termsThen.get(id) !== terms) return []
    return [{ group, service: id, before, terms, held: heldIn(now.world, group, held) }]
  })
}

type Visit = (family: Family, hi: number, lo: number, profile: number) => void

/** Every profile of measured blocks once, with the first address (words 0 and 1) that has it. */
function eachMeasured({ swept, from }: Outlook, visit: Visit): void {
  const seen = new Uint8Array(swept.profiles.count - from)
  const first = (profile: number): boolean => profile >= from && seen[profile - from]!++ === 0
  const { starts4, profile4, hi6, lo6, profile6 } = swept
  profile4.forEach((profile, i) => {
    if (first(profile)) visit(4, (starts4[i]! << 8) >>> 0, 0, profile)
  })
  profile6.forEach((profile, i) => {
    if (first(profile)) visit(6, hi6[i]!, (lo6[i]! << 8) >>> 0, profile)
  })
}

class Scorer {
  readonly #served: Served
  readonly #now: Outlook
  readonly #counts: boolean
  readonly #bench: Workbench
  readonly #keys: Float64Array
  readonly #block: Block
  readonly #blockThen: Block
  readonly #profile = new Uint32Array(PROFILE_WIDTH)
  readonly #spot: Spot = { row: 0, hash: 0, scope: 0 }
  #at: { readonly family: Family; readonly hi: number; readonly lo: number } = { family: 4, hi: 0, lo: 0 }

  constructor(served: Served, now: Outlook, counts: boolean) {
    this.#served = served
    this.#now = now
    this.#counts = counts
    const clusters = now.world.sites.clusters.length
    this.#bench = newWorkbench(now.world.sites, now.world.evidence)
    this.#keys = new Float64Array(clusters)
    this.#block = emptyBlock(clusters)
    this.#blockThen = emptyBlock(clusters)
  }

  enter(profile: number, family: Family, hi: number, lo: number): void {
    const { world, swept } = this.#now
    for (let i = 0; i < PROFILE_WIDTH; i++) this.#profile[i] = swept.profiles.word(profile, i)
    fillBlock(world, this.#profile, this.#block)
    fillBlock(this.#served.world, profileAt(this.#served.world, family, hi, lo), this.#blockThen)
    scoreAll(this.#bench, this.#block)
    this.#at = { family, hi, lo }
  }

  /** null: the block that was entered goes by score in this map. */
  judge(map: ComparableMap): Found | null {
    const present = this.#present(map.before)
    if (present === null) return null
    const rule = admitAll(this.#bench, this.#block, map.group)
    if (rule.tieMs === 0 || fixedFor(this.#block.fixed, map.group).length > 0) return null
    rankAll(this.#bench, [], map.group, rule, 0)
    const first = this.#bench.slots.clusters[0]!
    if (first === NO_CLUSTER || first === present || this.#isNews(first, present)) return null
    const gainMs = this.#gain(rule, map.group, first, present)
    return gainMs === null ? null : this.#hold(map, present, gainMs)
  }

  /** First cluster of the block as it is served; null where that is not a choice by score. */
  #present(service: number): number | null {
    const { tables } = this.#served
    const { family, hi, lo } = this.#at
    findBlock(tables, tables.map(service), family, hi, lo, this.#spot)
    const cluster = tables.rows.slot(this.#spot.row, 0)
    return cluster === NO_CLUSTER || tables.rows.flags(this.#spot.row) !== 0 ? null : cluster
  }

  #isNews(first: number, present: number): boolean {
    const [then, now] = [this.#served.world, this.#now.world]
    return isOtherClass(then, this.#blockThen, now, this.#block, [first, present])
  }

  /** By how much the new choice is better; null when the present one is no candidate any more. */
  #gain(rule: PolicyRule, group: MapGroup, first: number, present: number): number | null {
    const { field } = this.#bench
    rule.keys(field, group.terms, 0, this.#keys)
    const candidates = field.clusters.subarray(0, field.count)
    const at = candidates.indexOf(present)
    if (at < 0 || this.#keys[at] === Number.POSITIVE_INFINITY) return null
    return this.#keys[at]! - this.#keys[candidates.indexOf(first)]!
  }

  #hold(map: ComparableMap, present: number, gainMs: number): Found | null {
    const cluster = this.#now.world.sites.clusters[present]!.id
    const before = map.held.get(profileKey(this.#profile))
    const enough = gainMs >= leastGainMs(this.#bench.sheet.scoreMs[present]!)
    const so = before?.cluster === cluster ? before.wins : 0
    // Scorings between two that count may take a win away, never add one.
    const wins = !enough ? 0 : this.#counts ? so + 1 : so
    if (wins >= STICKY_WINS) return null
    const { family, hi, lo } = this.#at
    const prefix = formatPrefix({ family, hi, lo, length: LEAF_LENGTH[family] })
    return { choice: { service: map.service, prefix, cluster, wins, terms: map.terms }, gainMs }
  }
}
