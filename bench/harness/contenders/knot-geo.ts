import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, hasLibrary } from '../contender.ts'
import { countrySites, type GeoWorld, ORIGIN, SERVICES, siteAddress } from '../geo-world.ts'
import { knot, startKnot } from './knot.ts'

/** A site by the client's country, by its module geoip. */
export const knotGeo: Contender<GeoWorld> = {
  ...knot,
  name: 'Knot mod-geoip',
  lacks: () => [...knot.lacks(), ...(hasLibrary('knot', 'geoip.so') ? [] : ['knot-module-geoip'])],
  prepare: (site, { sites, database }) => {
    const geo = join(site.folder, 'geo.conf')
    const zone = join(site.folder, `${ORIGIN}.zone`)
    const rules = countrySites(sites).map(
      ([{ continent, country }, i]) => `  - geo: "${continent};${country}"\n    A: ${siteAddress(i)}\n`,
    )
    writeFileSync(geo, SERVICES.map(name => `${name}:\n${rules.join('')}`).join(''))
    writeFileSync(
      zone,
      `$ORIGIN ${ORIGIN}.
$TTL 30
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A ${site.address}
${SERVICES.map(name => `${name}. A 192.0.2.99\n`).join('')}`,
    )
    return startKnot(
      site,
      '  edns-client-subnet: on\n',
      `mod-geoip:
  - id: g
    config-file: ${geo}
    ttl: 30
    mode: geodb
    geodb-file: ${database}
    geodb-key: [ continent/code, country/iso_code ]
zone:
  - domain: ${ORIGIN}
    file: ${zone}
    zonefile-sync: -1
    journal-content: none
    module: mod-geoip/g
`,
    )
  },
}

/** The same by its AF_XDP. */
export const knotGeoXdp: Contender<GeoWorld> = { ...knotGeo, name: 'Knot mod-geoip, XDP', ownInterface: true }
