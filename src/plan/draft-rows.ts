import { TupleNumbers } from '../base/tuples.ts'
import { emptyBlock } from '../route/block.ts'
import type { MapGroup } from '../route/race.ts'
import { admitAll, newWorkbench, rankAll, scoreAll, type Workbench } from '../route/route.ts'
import { isUnlocated, type PolicyRule } from '../route/score/rank.ts'
import { HASH_BUCKETS, NO_CLUSTER, ROW_OVERRIDE, ROW_SPECIAL, ROW_UNLOCATED, SLOTS } from '../route/tables.ts'
import { evidenceOf, NO_EVIDENCE, OVERRIDE_EVIDENCE, UNLOCATED_EVIDENCE } from './demand-evidence.ts'
import { binOf } from './shed-ranks.ts'
import { type HeldProfiles, heldFor, heldIn } from './sticky/held.ts'
import { fillBlock, PROFILE_WIDTH, type World } from './world.ts'

/**
 * Rows before they are ranked for shedding, as tuples of three words:
 *
 *   slot 0 | slot 1 << 16     slot 2 | slot 3 << 16     flags | own-ISP bit of each slot << 8
 *
 * A hashed draft stands for HASH_BUCKETS others: group number, 0, HASHED_DRAFT | flags.
 */
export const DRAFT_WIDTH = 3
export const HASHED_DRAFT = 0x80000000

/** The draft row of every profile in one map. */
export interface ProfileRows {
  /** Draft number by profile. */
  readonly drafts: Uint32Array
  /** Four per profile, see shed-ranks.ts: bin of the regret of each slot but the last, which has none; in its place, of the score of the first. */
  readonly bins: Uint16Array
  /** Class of each profile, see demand-evidence.ts. */
  readonly evidence: Uint8Array
}

export interface DraftRows {
  readonly drafts: TupleNumbers
  /** Per hashed group, HASH_BUCKETS draft numbers. */
  readonly buckets: readonly Uint32Array[]
  /** One per map group. */
  readonly maps: readonly ProfileRows[]
  /** Profiles whose place a measurement contradicts; of these, those whose measurements no one place explains. */
  readonly distrusted: number
  readonly anycast: number
  /** Draft without slots that stands for space which is not looked at. */
  readonly gap: number
}

/**
 * Ranks every profile once for every map group. With `from`, only the profiles `from ..`: profile `from + k` is then number `k + 1` of
 * {@link ProfileRows}, and number 0 is the gap.
 */
export function draftRows(world: World, profiles: TupleNumbers, groups: readonly MapGroup[], from = 0): DraftRows {
  const writer = new DraftWriter(world)
  const gap = writer.gap()
  const first = from > 0 ? 1 : 0
  const count = profiles.count - from + first
  const held = groups.map(group => (from > 0 ? heldIn(world, group) : NOTHING_HELD))
  const maps = groups.map(() => ({
    drafts: new Uint32Array(count).fill(gap),
    bins: new Uint16Array(count * SLOTS),
    evidence: new Uint8Array(count).fill(NO_EVIDENCE),
  }))
  let distrusted = 0
  let anycast = 0
  for (let number = first; number < count; number++) {
    writer.enter(profiles, from + number - first)
    if (writer.distrusted) distrusted++
    if (writer.anycast) anycast++
    for (let g = 0; g < groups.length; g++) {
      maps[g]!.drafts[number] = writer.draft(groups[g]!, held[g]!)
      maps[g]!.evidence[number] = writer.evidence
      for (let i = 0; i < LAST; i++) maps[g]!.bins[number * SLOTS + i] = binOf(writer.regretMs[i]!)
      maps[g]!.bins[number * SLOTS + LAST] = binOf(writer.firstScoreMs)
    }
  }
  return { drafts: writer.drafts, buckets: writer.buckets, maps, distrusted, anycast, gap }
}

const LAST = SLOTS - 1
const NOTHING_HELD: HeldProfiles = new Map()
const NO_SLOTS = NO_CLUSTER | (NO_CLUSTER << 16)

class DraftWriter {
  readonly drafts = new TupleNumbers(DRAFT_WIDTH, 4096)
  readonly buckets: Uint32Array[] = []
  readonly #world: World
  readonly #bench: Workbench
  readonly #block
  readonly #profile = new Uint32Array(PROFILE_WIDTH)
  readonly #tuple = new Uint32Array(DRAFT_WIDTH)
  readonly #hashed = new Map<string, number>()
  /** Of the draft that was made last. */
  evidence: number = NO_EVIDENCE

  constructor(world: World) {
    this.#world = world
    this.#bench = newWorkbench(world.sites, world.evidence)
    this.#block = emptyBlock(world.sites.clusters.length)
  }

  get distrusted(): boolean {
    return this.#bench.sheet.distrusted
  }

  get anycast(): boolean {
    return this.#bench.sheet.anycast
  }

  get regretMs(): Float64Array {
    return this.#bench.slots.regretMs
  }

  /** Of the first slot; 0: it is empty, or has none. */
  get firstScoreMs(): number {
    return Math.max(0, this.#bench.sheet.scoreMs[this.#bench.slots.clusters[0]!] ?? 0)
  }

  gap(): number {
    return this.drafts.number(Uint32Array.of(NO_SLOTS, NO_SLOTS, ROW_SPECIAL))
  }

  enter(profiles: TupleNumbers, profile: number): void {
    for (let i = 0; i < PROFILE_WIDTH; i++) this.#profile[i] = profiles.word(profile, i)
    fillBlock(this.#world, this.#profile, this.#block)
    scoreAll(this.#bench, this.#block)
  }

  /** Draft number of the block that was entered, in the map of the group; `held`: what is held there. */
  draft(group: MapGroup, held: HeldProfiles): number {
    const rule = admitAll(this.#bench, this.#block, group)
    const fixed = fixedFor(this.#block.fixed, group)
    const flags = flagsOf(this.#block.special, fixed, rule)
    this.evidence = fixed.length > 0 ? OVERRIDE_EVIDENCE : UNLOCATED_EVIDENCE
    if (rule.hashed && this.#bench.field.count > 1) return this.#hashedDraft(group, rule, fixed, flags)
    rankAll(this.#bench, frontOf(this.#world, fixed, held, this.#profile, rule, this.#bench), group, rule, 0)
    if (fixed.length === 0) this.evidence = evidenceOf(this.#bench.sheet, this.#bench.slots.clusters[0]!)
    return this.#intern(flags)
  }

  #intern(flags: number): number {
    const { clusters } = this.#bench.slots
    let own = 0
    for (let i = 0; i < SLOTS; i++) {
      if (clusters[i] !== NO_CLUSTER && this.#block.ownIsp[clusters[i]!] === 1) own |= 1 << i
    }
    this.#tuple[0] = clusters[0]! | (clusters[1]! << 16)
    this.#tuple[1] = clusters[2]! | (clusters[3]! << 16)
    this.#tuple[2] = flags | (own << 8)
    return this.drafts.number(this.#tuple)
  }

  /** Maps whose candidates weigh the same share their buckets: a hash looks at nothing else. */
  #hashedDraft(group: MapGroup, rule: PolicyRule, fixed: readonly number[], flags: number): number {
    const { clusters, count } = this.#bench.field
    const candidates = [...clusters.subarray(0, count)].map(
      c => `${c}${this.#block.ownIsp[c] === 1 ? 'o' : ''}*${group.terms.weights[c]}`,
    )
    const key = `${fixed};${candidates};${flags};${isUnlocated(rule)}`
    let number = this.#hashed.get(key)
    if (number === undefined) {
      number = this.buckets.length
      this.#hashed.set(key, number)
      this.buckets.push(this.#rankBuckets(group, rule, fixed, flags))
    }
    this.#tuple[0] = number
    this.#tuple[1] = 0
    this.#tuple[2] = HASHED_DRAFT | flags
    return this.drafts.number(this.#tuple)
  }

  #rankBuckets(group: MapGroup, rule: PolicyRule, fixed: readonly number[], flags: number): Uint32Array {
    return Uint32Array.from({ length: HASH_BUCKETS }, (_, bucket) => {
      rankAll(this.#bench, fixed, group, rule, bucket)
      return this.#intern(flags)
    })
  }
}

/** Clusters that go before the ranking: the operator's, or the one that the block is held at where it is ranked by score. */
export function frontOf(
  world: World,
  fixed: readonly number[],
  held: HeldProfiles,
  profile: Uint32Array,
  rule: PolicyRule,
  { field }: Workbench,
): readonly number[] {
  if (fixed.length > 0 || rule.tieMs === 0) return fixed
  return heldFor(world, held, profile, field.clusters.subarray(0, field.count))
}

/** The operator's order for the block, without what the service may not use. */
export function fixedFor(fixed: readonly number[], group: MapGroup): readonly number[] {
  return fixed.length === 0 ? fixed : fixed.filter((c, i) => group.eligible.includes(c) && fixed.indexOf(c) === i)
}

export function flagsOf(special: boolean, fixed: readonly number[], rule: PolicyRule): number {
  const order = fixed.length > 0 ? ROW_OVERRIDE : isUnlocated(rule) ? ROW_UNLOCATED : 0
  return order | (special ? ROW_SPECIAL : 0)
}
