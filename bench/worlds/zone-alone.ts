import { join } from 'node:path'
import type { Contender } from '../harness/contender.ts'
import { ORIGIN, type World } from './world.ts'
import { writeZone } from './zone.ts'

/** A nameserver with the records of a world and nothing else of it. */
export function zoneAlone(contender: Contender): Contender<World> {
  return {
    ...contender,
    prepare: (site, { size }) => {
      const file = join(site.folder, 'cdn.zone')
      writeZone(file, size)
      return contender.prepare(site, { origin: ORIGIN, file })
    },
  }
}
