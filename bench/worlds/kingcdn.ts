import { join } from 'node:path'
import type { Contender } from '../harness/contender.ts'
import { kingcdn, serve } from '../harness/contenders/kingcdn.ts'
import { sites } from './sites.ts'
import { each } from './text.ts'
import { clusterId, ORIGIN, serverAddress, serviceId, type World, type WorldSize } from './world.ts'
import { writeZone } from './zone.ts'

/** Services choose in four ways, so that there are four maps. */
const POLICIES = ['rtt-spill', 'rtt', 'geo', 'isp-first'] as const

/** KingCDN with the configuration of a world; its measurements come by import. */
export const kingcdnOfWorld: Contender<World> = {
  ...kingcdn,
  prepare: (site, { size, city }) => {
    writeZone(join(site.folder, 'cdn.zone'), size)
    return serve(site, `geo: { city: ${city} }\nzones: [{ file: ./cdn.zone }]\n${[...deployment(size)].join('')}`)
  },
}

function* deployment({ clusters, services }: WorldSize): Generator<string> {
  const spots = sites(clusters)
  yield 'clusters:\n'
  yield* each(clusters, i => {
    const { lat, lon, country } = spots[i]!
    return `  - id: ${clusterId(i)}
    tier: ${i % 4 === 0 ? 'core' : 'exchange'}
    location: { lat: ${lat}, lon: ${lon}, country: ${country} }
    capacity: 100Gbps
    servers:
      - { id: ${clusterId(i)}-1, ipv4: ${serverAddress(i, 1)} }
      - { id: ${clusterId(i)}-2, ipv4: ${serverAddress(i, 2)} }
`
  })
  yield 'services:\n'
  yield* each(
    services,
    i => `  - { id: ${serviceId(i)}, cdnName: ${serviceId(i)}.${ORIGIN}, policy: ${POLICIES[i % POLICIES.length]} }\n`,
  )
}
