import { join } from 'node:path'
import { type Contender, hasLibrary } from '../harness/contender.ts'
import { knot, startKnot } from '../harness/contenders/knot.ts'
import { sites } from './sites.ts'
import { each, writeText } from './text.ts'
import { ORIGIN, serverAddress, serviceId, type World, type WorldSize } from './world.ts'
import { writeZone } from './zone.ts'

/** Knot with a world, as far as its mod-geoip can say it: the services, each by the client's country. */
export const knotOfWorld: Contender<World> = {
  ...knot,
  name: 'Knot mod-geoip',
  lacks: () => [...knot.lacks(), ...(hasLibrary('knot', 'geoip.so') ? [] : ['knot-module-geoip'])],
  prepare: (site, { size, city }) => {
    const { folder } = site
    writeText(join(folder, 'geo.conf'), countries(size))
    const more = each(size.services, i => `${serviceId(i)} 30 A 192.0.2.99\n`)
    writeZone(join(folder, 'cdn.zone'), { ...size, more })
    return startKnot(
      site,
      '  edns-client-subnet: on\n',
      `mod-geoip:
  - id: g
    config-file: ${folder}/geo.conf
    ttl: 30
    mode: geodb
    geodb-file: ${city}
    geodb-key: [ continent/code, country/iso_code ]
zone:
  - domain: ${ORIGIN}
    file: ${folder}/cdn.zone
    zonefile-sync: -1
    journal-content: none
    module: mod-geoip/g
`,
    )
  },
}

function* countries({ clusters, services }: WorldSize): Generator<string> {
  const first = new Map<string, number>()
  sites(clusters).forEach(({ continent, country }, i) => {
    const key = `${continent};${country}`
    if (!first.has(key)) first.set(key, i)
  })
  const places = [...first].map(
    ([key, i]) => `  - geo: "${key}"\n    A: [ ${serverAddress(i, 1)}, ${serverAddress(i, 2)} ]\n`,
  )
  yield* each(services, i => `${serviceId(i)}.${ORIGIN}:\n${places.join('')}`)
}
