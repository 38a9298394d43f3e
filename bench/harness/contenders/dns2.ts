import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../../../test/fixture/nameserver.ts'
import type { Contender } from '../contender.ts'

/** A server of the npm package dns2: one thread, one fixed address for every question. */
export const dns2: Contender = {
  name: 'dns2',
  version: () =>
    (JSON.parse(readFileSync(join(REPOSITORY, 'node_modules/dns2/package.json'), 'utf8')) as { version: string })
      .version,
  lacks: () => [],
  prepare: ({ address, port }) => ({
    program: process.execPath,
    args: [join(import.meta.dirname, 'dns2-server.mjs'), address, String(port)],
  }),
}
