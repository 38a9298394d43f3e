import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../contender.ts'
import { type GeoSite, type GeoWorld, ORIGIN, SERVICES } from '../geo-world.ts'
import { kingcdn, kingcdnXdp, serve } from './kingcdn.ts'

/** Capacity of each cluster; its target is 75 % of it. */
export const CAPACITY_BPS = 100e9

/** Address of the first server of site `i`. */
export const siteServer = (i: number): string => `10.0.${i}.1`

/** A cluster of two servers at each site; every service is routed by measured round-trip time and spills under load. */
export const kingcdnGeo: Contender<GeoWorld> = {
  ...kingcdn,
  prepare: (site, { sites, database }) => {
    const zone = join(site.folder, `${ORIGIN}.zone`)
    writeFileSync(
      zone,
      `$ORIGIN ${ORIGIN}.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n`,
    )
    const services = SERVICES.map(
      (name, i) => `  - { id: s${i}, hostnames: [], cdnName: ${name}, policy: rtt-spill }\n`,
    )
    return serve(
      site,
      `geo: { city: ${database} }
zones: [{ file: ${zone} }]
clusters:
${sites.map(cluster).join('')}services:
${services.join('')}`,
    )
  },
}

/** The same by AF_XDP. */
export const kingcdnGeoXdp: Contender<GeoWorld> = { ...kingcdnGeo, name: kingcdnXdp.name, ownInterface: true }

const cluster = ({ id, lat, lon, country }: GeoSite, i: number): string => `  - id: ${id}
    tier: core
    location: { lat: ${lat}, lon: ${lon}, country: ${country} }
    capacity: ${CAPACITY_BPS / 1e9}Gbps
    servers: [{ id: ${id}-1, ipv4: ${siteServer(i)} }, { id: ${id}-2, ipv4: 10.0.${i}.2 }]
`
