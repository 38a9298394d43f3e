import type { Millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'
import type { Prefix } from '../base/prefix.ts'
import { type RangeTable, rangesOfPrefixes, valueAt } from '../base/range-table.ts'
import { SPECIAL_PURPOSE } from '../base/special-purpose.ts'
import type { DemandRow } from '../model/demand.ts'
import type { Deployment, Override } from '../model/deployment.ts'
import type { HeldChoice } from '../model/fleet-plan.ts'
import type { Place } from '../model/place.ts'
import type { TableNumbers } from '../model/planner.ts'
import { ownersOfLeaves } from '../model/server-leaves.ts'
import type { Survey } from '../model/survey.ts'
import type { Block } from '../route/block.ts'
import { type Sites, sitesOf } from '../route/sites.ts'
import { announcedRanges } from './announced.ts'
import { ClusterSets } from './cluster-sets.ts'
import type { Measurements } from './counted-rows.ts'
import { type Estimates, estimate, type SurveyedRows } from './estimate/estimates.ts'
import { type Evidence, gatherEvidence } from './evidence.ts'
import { KnownDemand } from './known-demand.ts'
import { mapValues } from './map-values.ts'

/** Everything the map of one generation is made of. */
export interface MapInput {
  readonly deployment: Deployment
  /** Value = index into `places`, 0 = unknown. */
  readonly cityRanges: RangeTable
  /** Index 0 is not used. */
  readonly places: readonly Place[]
  /** Value = autonomous system number, 0 = unknown. */
  readonly asnRanges: RangeTable
  readonly measurements: Measurements
  /** The moment for which measurements are aged. */
  readonly asOf: Millis
  /** What the ground of the map is compiled from: see {@link Survey}. */
  readonly survey: Survey
  /** What counts in it; left out: nothing. */
  readonly surveyed?: SurveyedRows
  readonly held: readonly HeldChoice[]
  /** Blocks whose demand is known, as of the survey; every other leaf counts 1. */
  readonly demand: readonly DemandRow[]
  /** Numbers of ids that outlive reloads; a missing id has its index. */
  readonly stable: TableNumbers
  readonly generation: number
}

/** Sources of a block's evidence, each a table over all leaves. Order of `World.sources`. */
export const SOURCE = {
  /** Place number. */
  city: 0,
  /** Class of the block's autonomous system, see {@link SystemClasses}. */
  system: 1,
  /** Place number an override gives; 0 = none. */
  placeOverride: 2,
  /** The class, plus 1, of an override's autonomous system. */
  systemOverride: 3,
  /** Number of the override's cluster order. */
  orderOverride: 4,
  /** Set of clusters to which a prefix around the block is announced. */
  announced: 5,
  /** Evidence set. */
  measured: 6,
  /** 1 inside a special-purpose block. */
  special: 7,
  /** Group of measured blocks in the same routed network. */
  network: 8,
} as const
const SOURCES = Object.keys(SOURCE).length

/** Columns of a profile: what of the sources is left once overrides are applied. Blocks with equal profiles are equal in every map. */
export const PROFILE = {
  place: 0,
  ownIsp: 1,
  announced: 2,
  order: 3,
  measured: 4,
  special: 5,
  network: 6,
  /** Group of measured blocks in the same autonomous system and cell. */
  peers: 7,
} as const
export const PROFILE_WIDTH = Object.keys(PROFILE).length

/** Autonomous systems that a map need not tell apart are of one class. Class 0 is that of all of which nothing is known. */
export interface SystemClasses {
  /** By class: set of clusters inside the system. */
  readonly ownIsp: readonly number[]
  /** By class: number of the system among those with measured blocks, 0 = none. */
  readonly measured: readonly number[]
  of(asn: number): number
}

/** The map's input, each source a table; what the compiler sweeps and `explain` asks about one address. */
export interface World {
  readonly input: MapInput
  readonly sites: Sites
  readonly clusterIndex: ReadonlyMap<string, number>
  /** The input's places, then one per override that gives a place. */
  readonly places: readonly Place[]
  readonly sets: ClusterSets
  /** Cluster orders of overrides; 0 is empty. */
  readonly orders: readonly (readonly number[])[]
  readonly systems: SystemClasses
  readonly estimates: Estimates
  readonly evidence: Evidence
  readonly demand: KnownDemand
  readonly sources: readonly RangeTable[]
  /** Autonomous system plus 1 that an override gives; for people, not for the map. */
  readonly asnOverrides: RangeTable
}

/** `known`: the estimates of an earlier world with the same survey, deployment and geo data; it saves time and changes nothing. */
export function openWorld(input: MapInput, known?: Estimates): World {
  const { clusters, geo, estimates: external } = input.deployment
  const clusterIndex = new Map(clusters.map((cluster, i) => [cluster.id, i]))
  const sites = sitesOf(clusters, external?.countryPairs)
  const sets = new ClusterSets(clusters.length)
  const overrides = readOverrides(geo.overrides, input.places, clusterIndex)
  const estimates =
    known ??
    estimate({
      places: overrides.places,
      sites,
      clusterIndex,
      mesh: external?.mesh ?? [],
      owners: ownersOfLeaves(clusters),
      surveyed: input.surveyed ?? null,
      asOf: input.survey.asOf,
      cityRanges: input.cityRanges,
      placeOverrides: overrides.placeRanges,
      asnRanges: input.asnRanges,
      asnOverrides: overrides.asnRanges,
    })
  const systems = classesOf(input, sets, estimates)
  const evidence = gatherEvidence(input.measurements, clusterIndex, input.asOf, estimates.table)
  const sources: RangeTable[] = new Array(SOURCES)
  sources[SOURCE.city] = input.cityRanges
  sources[SOURCE.system] = mapValues(input.asnRanges, systems.of)
  sources[SOURCE.placeOverride] = overrides.placeRanges
  sources[SOURCE.systemOverride] = mapValues(overrides.asnRanges, asn => (asn === 0 ? 0 : systems.of(asn - 1) + 1))
  sources[SOURCE.orderOverride] = overrides.orderRanges
  sources[SOURCE.announced] = announcedRanges(clusters, sets)
  sources[SOURCE.measured] = evidence.ranges
  sources[SOURCE.special] = rangesOfPrefixes(SPECIAL_PURPOSE.map(prefix => ({ prefix, value: 1 })))
  sources[SOURCE.network] = estimates.groups.networks
  return {
    input,
    sites,
    clusterIndex,
    places: overrides.places,
    sets,
    orders: overrides.orders,
    systems,
    estimates,
    evidence,
    demand: new KnownDemand(input.demand),
    sources,
    asnOverrides: overrides.asnRanges,
  }
}

/** What of a world turns values into profiles. */
export type ProfileRules = Pick<World, 'systems' | 'estimates'>

/** Turns the values of the sources at a block into its profile (ROUTING sections 1, 2 and 4). */
export function profileOf({ systems, estimates }: ProfileRules, values: Uint32Array, profile: Uint32Array): void {
  const { groups, cells } = estimates
  const place = values[SOURCE.placeOverride]!
  const override = values[SOURCE.systemOverride]!
  const order = values[SOURCE.orderOverride]!
  const announced = values[SOURCE.announced]!
  const measured = values[SOURCE.measured]!
  const claimed = (place | override | order | announced | measured) !== 0
  const where = place !== 0 ? place : values[SOURCE.city]!
  const system = override !== 0 ? override - 1 : values[SOURCE.system]!
  profile[PROFILE.place] = where
  profile[PROFILE.ownIsp] = systems.ownIsp[system]!
  profile[PROFILE.announced] = announced
  profile[PROFILE.order] = order
  profile[PROFILE.measured] = measured
  profile[PROFILE.special] = claimed ? 0 : values[SOURCE.special]!
  profile[PROFILE.network] = values[SOURCE.network]!
  profile[PROFILE.peers] = system === 0 ? 0 : groups.peers(systems.measured[system]!, cells.ofPlace[where]!)
}

/** The profile of one address (words 0 and 1), asked of every source; for `explain`. */
export function profileAt(world: World, family: Family, hi: number, lo: number): Uint32Array {
  const values = Uint32Array.from(world.sources, source => valueAt(source, family, hi, lo))
  const profile = new Uint32Array(PROFILE_WIDTH)
  profileOf(world, values, profile)
  return profile
}

/** Fills the block that the steps read from a profile. */
export function fillBlock(world: World, profile: Uint32Array, block: Block): void {
  const place = profile[PROFILE.place]!
  const { evidence } = world
  block.place = place === 0 ? null : (world.places[place] ?? null)
  block.cell = world.estimates.cells.ofPlace[place] ?? -1
  block.network = profile[PROFILE.network]!
  block.peers = profile[PROFILE.peers]!
  block.ownIsp = world.sets.members(profile[PROFILE.ownIsp]!)
  block.announced = world.sets.members(profile[PROFILE.announced]!)
  block.fixed = world.orders[profile[PROFILE.order]!]!
  block.special = profile[PROFILE.special] === 1
  block.measured.fill(-1)
  const set = profile[PROFILE.measured]!
  for (let i = evidence.setAt[set]!; i < evidence.setAt[set + 1]!; i++)
    block.measured[evidence.setCluster[i]!] = evidence.setRow[i]!
}

function classesOf(input: MapInput, sets: ClusterSets, { groups }: Estimates): SystemClasses {
  const inside = new Map<number, number[]>()
  input.deployment.clusters.forEach((cluster, c) => {
    for (const asn of cluster.asns) inside.set(asn, [...(inside.get(asn) ?? []), c])
  })
  const ownIsp = [0]
  const measured = [0]
  const classes = new Map<number, number>()
  for (const asn of new Set([...inside.keys(), ...groups.systems.keys()])) {
    const members = inside.get(asn)
    classes.set(asn, ownIsp.push(members === undefined ? 0 : sets.number(members)) - 1)
    measured.push(groups.systems.get(asn) ?? 0)
  }
  return { ownIsp, measured, of: asn => classes.get(asn) ?? 0 }
}

interface OverrideSources {
  readonly places: readonly Place[]
  readonly orders: readonly (readonly number[])[]
  readonly placeRanges: RangeTable
  readonly asnRanges: RangeTable
  readonly orderRanges: RangeTable
}

/** Each attribute by its own longest match: a line that only says the network of a block leaves the place of the line around it. */
function readOverrides(
  overrides: readonly Override[],
  known: readonly Place[],
  clusterIndex: ReadonlyMap<string, number>,
): OverrideSources {
  const places: Place[] = known.length === 0 ? [UNUSED_PLACE] : [...known]
  const orders: number[][] = [[]]
  const entries = { place: [], asn: [], order: [] } as Record<
    'place' | 'asn' | 'order',
    { prefix: Prefix; value: number }[]
  >
  for (const { prefix, place, asn, clusters } of overrides) {
    if (place !== undefined) {
      entries.place.push({ prefix, value: places.length })
      places.push({ ...place, radiusKm: 0, centroid: false, from: 'overrides.yaml' })
    }
    if (asn !== undefined) entries.asn.push({ prefix, value: asn + 1 })
    if (clusters !== undefined && clusters.length > 0) {
      entries.order.push({ prefix, value: orders.length })
      orders.push(clusters.flatMap(id => clusterIndex.get(id) ?? []))
    }
  }
  return {
    places,
    orders,
    placeRanges: rangesOfPrefixes(entries.place),
    asnRanges: rangesOfPrefixes(entries.asn),
    orderRanges: rangesOfPrefixes(entries.order),
  }
}

const UNUSED_PLACE: Place = { lat: 0, lon: 0, radiusKm: 0, centroid: false, from: '' }
