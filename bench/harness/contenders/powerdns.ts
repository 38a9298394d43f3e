import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, type Contender, hasLibrary, lacking, type Site, versionOf } from '../contender.ts'

export const powerdns: Contender = {
  name: 'PowerDNS',
  version: () => versionOf('pdns_server', '--version'),
  lacks: () => [
    ...lacking({ pdns_server: 'pdns-server' }),
    ...(hasLibrary('pdns', 'libbindbackend.so') ? [] : ['pdns-backend-bind']),
  ],
  prepare: (site, zone) => {
    const zones = join(site.folder, 'zones.conf')
    writeFileSync(zones, `zone "${zone.origin}" { type master; file "${zone.file}"; };\n`)
    return startPowerdns(site, `launch=bind\nbind-config=${zones}\n`)
  },
}

/** Under more than it can answer it sheds the newest queries, as the others do when their buffers are full; by default it would restart itself. */
const UNDER_OVERLOAD = 'overload-queue-length=1000\nmax-queue-length=1000000\n'

export function startPowerdns({ folder, address, port, workers }: Site, backend: string): Command {
  writeFileSync(
    join(folder, 'pdns.conf'),
    `${backend}${UNDER_OVERLOAD}local-address=${address}
local-port=${port}
receiver-threads=${workers}
reuseport=yes
socket-dir=${folder}
daemon=no
guardian=no
loglevel=3
log-dns-queries=no
disable-syslog=yes
`,
  )
  return { program: 'pdns_server', args: [`--config-dir=${folder}`] }
}
