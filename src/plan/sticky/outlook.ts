import { groupServices } from '../map-groups.ts'
import type { UnmeasuredMaps } from '../measured-maps.ts'
import { sweep } from '../sweep.ts'
import { type MapInput, openWorld } from '../world.ts'
import type { Outlook } from './hold.ts'

/** What would be compiled from `input`, swept but not ranked. `ground`: of a compile from the same deployment, geo data and survey. */
export function lookOut(input: MapInput, ground: Pick<UnmeasuredMaps, 'estimates' | 'swept'>): Outlook {
  const world = openWorld(input, ground.estimates)
  return {
    world,
    swept: sweep(world, ground.swept),
    groups: groupServices(world).groups,
    from: ground.swept.profiles.count,
  }
}
