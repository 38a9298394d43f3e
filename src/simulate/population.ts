import type { Millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'
import { formatPrefix, LEAF_LENGTH, type Prefix } from '../base/prefix.ts'
import { valueAt } from '../base/range-table.ts'
import type { DemandRow } from '../model/demand.ts'
import type { Measurement } from '../model/measurement.ts'
import { fixedFor } from '../plan/draft-rows.ts'
import { type Evidence, gatherEvidence } from '../plan/evidence.ts'
import { mapGroupOf } from '../plan/map-groups.ts'
import { fillBlock, PROFILE, profileAt, type World } from '../plan/world.ts'
import { type Block, emptyBlock } from '../route/block.ts'
import type { MapGroup } from '../route/race.ts'
import { admitAll, newWorkbench, scoreAll, type Workbench } from '../route/route.ts'

/** Demand of the clients in a prefix for one service. */
export interface DemandEntry {
  readonly prefix: Prefix
  /** Number of the service in the configuration. */
  readonly service: number
  /** In the unit of capacities, >= 0. */
  readonly amount: number
}

/** One row of the world as it is: the round trip that clients of the prefix really have to the cluster. The longest match counts. */
export interface TrueRtt {
  readonly prefix: Prefix
  readonly cluster: string
  /** 0 < ms <= 60000. */
  readonly rttMs: number
}

/** A block of clients behind one resolver. Columns, one entry per block; matrices are `block * clusters + cluster`. */
export interface Population {
  readonly count: number
  readonly clusters: number
  readonly family: Uint8Array
  /** Words 0 and 1 of an address inside. */
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  /** Where in the given demand it comes from. */
  readonly entry: Uint32Array
  readonly service: Uint16Array
  /** Usual demand, in the unit of capacities. */
  readonly demand: Float64Array
  readonly country: readonly (string | undefined)[]
  /** Degrees east; 0 where nobody knows. */
  readonly lon: Float64Array
  /** True round trip, ms; where the truth is not given, what the map's evidence says. */
  readonly rttMs: Float32Array
  /** Great circle, km; Infinity where the place is not known. */
  readonly km: Float32Array
  /** 1: may serve the block at all (constraint, content, announcements). */
  readonly eligible: Uint8Array
  /** Share of demand whose true round trip to every eligible cluster was given. */
  readonly trueShare: number
}

/** Weight of all counted demand together, in leaves of which nothing is known: what nobody asked from weighs next to nothing beside it. */
const COUNTED_WEIGHT = 1e12

/** The demand as nameservers would have counted it: per prefix over all services. */
export function countedDemand(demand: readonly DemandEntry[]): DemandRow[] {
  const total = demand.reduce((sum, { amount }) => sum + amount, 0)
  const rows = new Map<string, { prefix: Prefix; weight: number }>()
  for (const { prefix, amount } of demand) {
    const key = formatPrefix(prefix)
    const row = rows.get(key) ?? { prefix, weight: 0 }
    row.weight += (amount / total) * COUNTED_WEIGHT
    rows.set(key, row)
  }
  return [...rows.values()]
}

/** A row of the demand that nobody could serve, and why. */
export interface Orphan {
  readonly entry: number
  readonly reason: string
}

/** A prefix shorter than a leaf stands for several resolvers, up to so many, of equal demand, spread evenly over it ... */
const MOST_PIECES_BITS = 6
/** ... so that no piece is much more than this share of all demand. */
const SMALL_SHARE = 1 / 5000

/** The blocks that the demand comes from, in the world of the map, with the RTTs they really have. */
export function populate(
  world: World,
  demand: readonly DemandEntry[],
  truth: readonly TrueRtt[],
): { readonly population: Population; readonly orphans: readonly Orphan[] } {
  const total = demand.reduce((sum, { amount }) => sum + amount, 0)
  const pieces = demand.flatMap((entry, number) => cut(entry, number, total))
  const clusters = world.sites.clusters.length
  const n = pieces.length
  const population = {
    count: n,
    clusters,
    family: Uint8Array.from(pieces, piece => piece.family),
    hi: Uint32Array.from(pieces, piece => piece.hi),
    lo: Uint32Array.from(pieces, piece => piece.lo),
    entry: Uint32Array.from(pieces, piece => piece.entry),
    service: Uint16Array.from(pieces, piece => demand[piece.entry]!.service),
    demand: Float64Array.from(pieces, piece => piece.amount),
    country: new Array<string | undefined>(n),
    lon: new Float64Array(n),
    rttMs: new Float32Array(n * clusters),
    km: new Float32Array(n * clusters),
    eligible: new Uint8Array(n * clusters),
    trueShare: 0,
  }
  const surveyor = new Surveyor(world, truth)
  const orphans: Orphan[] = []
  let known = 0
  for (let b = 0; b < n; b++) {
    const fault = surveyor.survey(population, b)
    if (fault === null) known += surveyor.knownTrue ? population.demand[b]! : 0
    else if (orphans.at(-1)?.entry !== pieces[b]!.entry) orphans.push({ entry: pieces[b]!.entry, reason: fault })
  }
  return { population: { ...population, trueShare: total > 0 ? known / total : 0 }, orphans }
}

interface Piece {
  readonly family: Family
  readonly hi: number
  readonly lo: number
  readonly entry: number
  readonly amount: number
}

function cut({ prefix, amount }: DemandEntry, entry: number, total: number): Piece[] {
  const spare = Math.max(0, LEAF_LENGTH[prefix.family] - prefix.length)
  const wanted = total > 0 ? Math.ceil(Math.log2(Math.max(1, amount / (total * SMALL_SHARE)))) : 0
  const bits = Math.min(spare, MOST_PIECES_BITS, wanted)
  return Array.from({ length: 2 ** bits }, (_, k) => ({
    family: prefix.family,
    ...nth(prefix, bits, k),
    entry,
    amount: amount / 2 ** bits,
  }))
}

/** First address of the k-th of 2^bits equal parts. */
function nth({ hi, lo, length }: Prefix, bits: number, k: number): { hi: number; lo: number } {
  const at = (BigInt(hi) << 32n) | BigInt(lo) | (BigInt(k) << BigInt(64 - length - bits))
  return { hi: Number(at >> 32n), lo: Number(at & 0xffffffffn) }
}

/** Looks at one block after the other, with the eyes of the map compiler. */
class Surveyor {
  readonly #world: World
  readonly #bench: Workbench
  readonly #block: Block
  readonly #truth: Evidence
  readonly #groups: readonly MapGroup[]
  knownTrue = false

  constructor(world: World, truth: readonly TrueRtt[]) {
    this.#world = world
    this.#bench = newWorkbench(world.sites, world.evidence)
    this.#block = emptyBlock(world.sites.clusters.length)
    this.#groups = world.input.deployment.services.map(service => mapGroupOf(service, world))
    this.#truth = gatherEvidence(asMeasured(truth, world.input.asOf), world.clusterIndex, world.input.asOf)
  }

  /** Fills block `b`; returns why nobody could serve it, null when somebody can. */
  survey(population: Population, b: number): string | null {
    const family = population.family[b] as Family
    const [hi, lo] = [population.hi[b]!, population.lo[b]!]
    const profile = profileAt(this.#world, family, hi, lo)
    if (profile[PROFILE.special] === 1)
      return 'lies in special-purpose space that no override, announced prefix or RTT row claims: it locates nobody'
    fillBlock(this.#world, profile, this.#block)
    scoreAll(this.#bench, this.#block)
    const { place } = this.#block
    population.lon[b] = place?.lon ?? 0
    ;(population.country as (string | undefined)[])[b] = place?.country
    const { sheet } = this.#bench
    for (let c = 0; c < population.clusters; c++) {
      population.rttMs[b * population.clusters + c] = sheet.rttMs[c]!
      population.km[b * population.clusters + c] = sheet.located ? sheet.distanceKm[c]! : Number.POSITIVE_INFINITY
    }
    const eligible = this.#markEligible(population, b)
    this.#layTruth(population, b, eligible)
    return eligible.length > 0 ? null : 'no cluster of its service may serve it (constraint, content, announcements)'
  }

  #markEligible(population: Population, b: number): number[] {
    const group = this.#groups[population.service[b]!]!
    const fixed = fixedFor(this.#block.fixed, group)
    admitAll(this.#bench, this.#block, group)
    const { field } = this.#bench
    const eligible = [...new Set([...fixed, ...field.clusters.subarray(0, field.count)])]
    for (const c of eligible) population.eligible[b * population.clusters + c] = 1
    return eligible
  }

  #layTruth(population: Population, b: number, eligible: readonly number[]): void {
    const truth = this.#truth
    const set = valueAt(truth.ranges, population.family[b] as Family, population.hi[b]!, population.lo[b]!)
    const told = new Set<number>()
    for (let i = truth.setAt[set]!; i < truth.setAt[set + 1]!; i++) {
      const cluster = truth.setCluster[i]!
      population.rttMs[b * population.clusters + cluster] = truth.rttMs[truth.setRow[i]!]!
      told.add(cluster)
    }
    this.knownTrue = eligible.every(c => told.has(c))
  }
}

/** Nested prefixes are resolved as those of measurements are. */
function asMeasured(truth: readonly TrueRtt[], asOf: Millis): Measurement[] {
  return truth.map(({ prefix, cluster, rttMs }) => ({
    prefix,
    cluster,
    rttMs,
    rttVarMs: 0,
    loss: 0,
    samples: 1,
    measuredAt: asOf,
    source: 'import',
  }))
}

/** `192.0.2.0/24`, for people. */
export function blockName(population: Population, b: number): string {
  const family = population.family[b] as Family
  return formatPrefix({ family, hi: population.hi[b]!, lo: population.lo[b]!, length: LEAF_LENGTH[family] })
}
