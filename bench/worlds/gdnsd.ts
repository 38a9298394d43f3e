import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../harness/contender.ts'
import { gdnsd, startGdnsd } from '../harness/contenders/gdnsd.ts'
import { clientBlock } from './blocks.ts'
import { nearestClusters } from './measurements.ts'
import { blockPlace } from './places.ts'
import { sites } from './sites.ts'
import { each, writeText } from './text.ts'
import { clusterId, ORIGIN, serverAddress, serviceId, type World, type WorldSize } from './world.ts'
import { writeZone } from './zone.ts'

/** The most datacenters that a map of the geoip plugin takes. */
export const MOST_DATACENTERS = 254

const NETS = 'nets'

/** gdnsd with a world: its clusters are datacenters of a geoip map, its measured prefixes `nets` of that map, its services resources. */
export const gdnsdOfWorld: Contender<World> = {
  ...gdnsd,
  prepare: (site, { size, city }) => {
    const folder = join(site.folder, 'geoip')
    mkdirSync(folder)
    copyFileSync(city, join(folder, 'city.mmdb'))
    writeText(join(folder, NETS), nets(size))
    const command = startGdnsd(site, [...plugins(size)].join(''))
    const more = each(size.services, i => `${serviceId(i)} 30 DYNA geoip!${serviceId(i)}\n`)
    writeZone(join(site.folder, 'zones', ORIGIN), { ...size, more })
    return command
  },
}

function* plugins({ clusters, services }: WorldSize): Generator<string> {
  const spots = sites(clusters)
  const list = (piece: (i: number) => string): string => [...each(clusters, piece)].join(', ')
  yield `plugins => { multifo => { ${list(addresses)} }
geoip => {
  maps => { m => {
    geoip2_db => city.mmdb
    nets => ${NETS}
    datacenters => [ ${list(clusterId)} ]
    auto_dc_coords => { ${list(i => `${clusterId(i)} => [ ${spots[i]!.lat}, ${spots[i]!.lon} ]`)} }
  } }
  resources => {
`
  const dcmap = list(i => `${clusterId(i)} => %multifo!${clusterId(i)}`)
  yield* each(services, i => `    ${serviceId(i)} => { map => m, dcmap => { ${dcmap} } }\n`)
  yield '  }\n} }\n'
}

const addresses = (i: number): string =>
  `${clusterId(i)} => { a => ${serverAddress(i, 1)}, b => ${serverAddress(i, 2)} }`

/** What is measured, as far as gdnsd can say it: the prefix and its clusters, nearest first. */
function* nets({ prefixes, clusters }: WorldSize): Generator<string> {
  const near = nearestClusters(clusters)
  yield* each(prefixes, i => {
    const block = clientBlock(i)
    const list = near(blockPlace(block)).map(({ cluster }) => clusterId(cluster))
    return `${block.join('.')}.0/24 => [ ${list.join(', ')} ]\n`
  })
}
