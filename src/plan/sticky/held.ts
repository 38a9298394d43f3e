import { hashText, mixPair } from '../../base/hash.ts'
import { parsePrefix } from '../../base/prefix.ts'
import { withoutChecks } from '../../model/cluster.ts'
import type { Deployment } from '../../model/deployment.ts'
import type { HeldChoice } from '../../model/fleet-plan.ts'
import type { MapGroup } from '../../route/race.ts'
import { groupKey } from '../map-groups.ts'
import { PROFILE, profileAt, type World } from '../world.ts'

/** The held choices of one map. A block is held by its profile: all that is known of it is known of every block that has the same. */
export type HeldProfiles = ReadonlyMap<string, HeldChoice>

const NONE: HeldProfiles = new Map()

export const profileKey = (profile: Uint32Array): string => profile.join()

const OF_ALL_MAPS = new WeakMap<Deployment, number>()

/** Hash of all that an operator says of a map: what `HeldChoice.terms` must be. */
export function termsOf({ input: { deployment } }: World, group: MapGroup): number {
  const shared =
    OF_ALL_MAPS.get(deployment) ??
    hashText(JSON.stringify([withoutChecks(deployment.clusters), deployment.geo.overrides]))
  OF_ALL_MAPS.set(deployment, shared)
  return mixPair(shared, hashText(groupKey(group)))
}

/** `held`, as far as it speaks of the map of this group; of configurations, clusters and measurements that are gone it says nothing. */
export function heldIn(world: World, group: MapGroup, held: readonly HeldChoice[] = world.input.held): HeldProfiles {
  if (held.length === 0) return NONE
  const terms = termsOf(world, group)
  const profiles = new Map<string, HeldChoice>()
  for (const choice of held) {
    const prefix = parsePrefix(choice.prefix)
    if (choice.terms !== terms || prefix === null || !world.clusterIndex.has(choice.cluster)) continue
    const profile = profileAt(world, prefix.family, prefix.hi, prefix.lo)
    if (profile[PROFILE.measured] !== 0) profiles.set(profileKey(profile), choice)
  }
  return profiles
}

/** The cluster that stays first for the block, as a list that goes before the ranking; empty: none. It must still be among the candidates. */
export function heldFor(
  world: World,
  held: HeldProfiles,
  profile: Uint32Array,
  candidates: Int32Array,
): readonly number[] {
  if (held.size === 0) return NOBODY
  const choice = held.get(profileKey(profile))
  const cluster = choice === undefined ? undefined : world.clusterIndex.get(choice.cluster)
  return cluster !== undefined && candidates.includes(cluster) ? [cluster] : NOBODY
}

const NOBODY: readonly number[] = []
