import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, lacking, type Site, versionOf } from '../contender.ts'

export const knot: Contender = {
  name: 'Knot',
  version: () => versionOf('knotd', '--version'),
  lacks: () => lacking({ knotd: 'knot' }),
  prepare: (site, zone) =>
    startKnot(
      site,
      '',
      `zone:
  - domain: ${zone.origin}
    file: ${zone.file}
    zonefile-sync: -1
    journal-content: none
`,
    ),
}

/** The same by its AF_XDP. */
export const knotXdp: Contender = { ...knot, name: 'Knot, XDP', ownInterface: true }

/** `server`: more lines of the section of that name. */
export function startKnot(site: Site, server: string, rest: string) {
  const { folder, workers } = site
  const config = join(folder, 'knot.conf')
  writeFileSync(
    config,
    `server:
  rundir: ${folder}
  listen: ${site.address}@${site.port}
  udp-workers: ${workers}
  tcp-workers: 1
  background-workers: ${workers}
${server}${site.interface === undefined ? '' : `xdp:\n  listen: ${site.interface}@${site.port}\n`}database:
  storage: ${folder}
log:
  - target: stderr
    any: warning
${rest}`,
  )
  return { program: 'knotd', args: ['-c', config] }
}
