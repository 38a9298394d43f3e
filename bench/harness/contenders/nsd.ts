import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, lacking, type Site, versionOf } from '../contender.ts'
import { ASKED_BUFFER } from '../receive-buffers.ts'

export const nsd: Contender = {
  name: 'NSD',
  version: () => versionOf('nsd', '-v'),
  lacks: () => lacking({ nsd: 'nsd' }),
  prepare: (site, zone) => {
    const { folder, workers } = site
    const config = join(folder, 'nsd.conf')
    mkdirSync(join(folder, 'run'))
    writeFileSync(
      config,
      `server:
  ip-address: ${site.address}@${site.port}
${tls(site)}  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: ""
  database: ""
  xfrdfile: "${folder}/run/xfrd.state"
  zonelistfile: "${folder}/run/zone.list"
  server-count: ${workers}
  reuseport: ${workers > 1 ? 'yes' : 'no'}
  receive-buffer-size: ${ASKED_BUFFER}
  tcp-count: 1000
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${zone.origin}"
  zonefile: "${zone.file}"
`,
    )
    return { program: 'nsd', args: ['-d', '-c', config] }
  },
}

const tls = ({ address, tls }: Site): string =>
  tls === undefined
    ? ''
    : `  ip-address: ${address}@${tls.port}
  tls-port: ${tls.port}
  tls-service-key: "${tls.key}"
  tls-service-pem: "${tls.certificate}"
`
