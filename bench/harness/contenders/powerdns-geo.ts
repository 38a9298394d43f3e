import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, hasLibrary, lacking } from '../contender.ts'
import { countrySites, type GeoWorld, ORIGIN, SERVICES, siteAddress } from '../geo-world.ts'
import { powerdns, startPowerdns } from './powerdns.ts'

/** A site by the client's country, by its geoip backend. */
export const powerdnsGeo: Contender<GeoWorld> = {
  ...powerdns,
  name: 'PowerDNS geoip',
  lacks: () => [
    ...lacking({ pdns_server: 'pdns-server' }),
    ...(hasLibrary('pdns', 'libgeoipbackend.so') ? [] : ['pdns-backend-geoip']),
  ],
  prepare: (site, { sites, database }) => {
    const file = join(site.folder, 'geo.yaml')
    const places = countrySites(sites).map(
      ([{ country, continent }, i]) =>
        `    ${country.toLowerCase()}.${continent.toLowerCase()}.w.${ORIGIN}:\n      - a: ${siteAddress(i)}\n`,
    )
    writeFileSync(
      file,
      `domains:
- domain: ${ORIGIN}
  ttl: 30
  records:
    ${ORIGIN}:
      - soa: ns1.${ORIGIN} hostmaster.${ORIGIN} 1 3600 600 86400 60
      - ns: ns1.${ORIGIN}
    ns1.${ORIGIN}:
      - a: ${site.address}
${places.join('')}  services:
${SERVICES.map(name => `    ${name}: '%cc.%cn.w.${ORIGIN}'\n`).join('')}`,
    )
    return startPowerdns(
      site,
      `launch=geoip\ngeoip-zones-file=${file}\ngeoip-database-files=mmdb:${database}\nedns-subnet-processing=yes\n`,
    )
  },
}
