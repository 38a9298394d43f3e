import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, type Contender, lacking, type Site, versionOf } from '../contender.ts'

export const gdnsd: Contender = {
  name: 'gdnsd',
  version: () => versionOf('gdnsd', 'version'),
  lacks: () => lacking({ gdnsd: 'gdnsd' }),
  prepare: (site, zone) => {
    const command = startGdnsd(site, '')
    cpSync(zone.file, join(site.folder, 'zones', zone.origin))
    return command
  },
}

/** Makes its folders; zones go into `zones/`, named as their origin. */
export function startGdnsd({ folder, address, port, workers }: Site, plugins: string): Command {
  for (const name of ['zones', 'run', 'var']) mkdirSync(join(folder, name))
  writeFileSync(
    join(folder, 'config'),
    `options => {
  listen => ${address}:${port}, udp_threads => ${workers}, tcp_threads => 1,
  run_dir => "${folder}/run", state_dir => "${folder}/var"
}
${plugins}`,
  )
  return { program: 'gdnsd', args: ['-c', folder, 'start'] }
}
