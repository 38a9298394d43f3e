import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../../../test/fixture/nameserver.ts'
import type { Contender, Site } from '../contender.ts'
import { ASKED_BUFFER } from '../receive-buffers.ts'

/** The bearer token of its HTTP API, for calls that change something. */
export const TOKEN = 'bench'

/** The built program with every default, but for the receive buffers of the others, and the rate limit, which counts and suppresses nothing. */
export const kingcdn: Contender = {
  name: 'KingCDN',
  version: () => (JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }).version,
  lacks: () => [],
  prepare: (site, { file }) => serve(site, `zones: [{ file: ${file} }]\n`),
}

/** The same by AF_XDP. */
export const kingcdnXdp: Contender = { ...kingcdn, name: 'KingCDN, AF_XDP', ownInterface: true }

/** Starts it with `more` of a configuration beside what every site has. */
export function serve(site: Site, more: string) {
  const config = join(site.folder, 'kingcdn.yaml')
  writeFileSync(join(site.folder, 'token'), TOKEN, { mode: 0o600 })
  writeFileSync(
    config,
    `node: bench
listen: { dns: ["${site.address}:${site.port}"] }
http: { listen: "${site.address}:${site.httpPort}", token: { file: ./token } }
workers: ${site.workers}
state: ./var
udp: { receiveBuffer: ${ASKED_BUFFER}B${site.interface === undefined ? '' : `, transport: xdp, interfaces: [${site.interface}]`} }
rateLimit: { dryRun: true }
${tls(site)}${more}`,
  )
  return { program: process.execPath, args: [join(REPOSITORY, 'bin/kingcdn.js'), 'serve', '-c', config] }
}

const tls = ({ address, tls }: Site): string =>
  tls === undefined
    ? ''
    : `tls: { listen: ["${address}:${tls.port}"], certificate: ${tls.certificate}, key: ${tls.key} }\n`
