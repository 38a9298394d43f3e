import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../contender.ts'
import { type GeoWorld, ORIGIN, SERVICES, siteAddress } from '../geo-world.ts'
import { gdnsd, startGdnsd } from './gdnsd.ts'

/** The nearest of all sites, by its geoip plugin. */
export const gdnsdGeo: Contender<GeoWorld> = {
  ...gdnsd,
  name: 'gdnsd geoip',
  prepare: (site, { sites, database }) => {
    const list = (each: (id: string, i: number) => string): string => sites.map(({ id }, i) => each(id, i)).join(', ')
    const command = startGdnsd(
      site,
      `plugins => { geoip => {
  maps => { m => {
    geoip2_db => city.mmdb,
    datacenters => [ ${list(id => id)} ],
    auto_dc_coords => { ${list((id, i) => `${id} => [ ${sites[i]!.lat}, ${sites[i]!.lon} ]`)} }
  } },
  resources => { r => { map => m, dcmap => { ${list((id, i) => `${id} => ${siteAddress(i)}`)} } } }
} }
`,
    )
    mkdirSync(join(site.folder, 'geoip'))
    copyFileSync(database, join(site.folder, 'geoip/city.mmdb'))
    writeFileSync(join(site.folder, 'zones', ORIGIN), zone(site.address))
    return command
  },
}

const zone = (address: string): string => `@ SOA ns1.${ORIGIN}. hostmaster.${ORIGIN}. 1 3600 600 86400 60
@ NS ns1.${ORIGIN}.
ns1 A ${address}
${SERVICES.map(name => `${name}. 30 DYNA geoip!r\n`).join('')}`
