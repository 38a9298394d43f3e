import { join } from 'node:path'
import type { Contender } from '../contender.ts'
import { ASKED_BUFFER } from '../receive-buffers.ts'

/** The bare system calls of KingCDN's transport, in one process: what no nameserver on that transport can be below. */
export const floor: Contender<unknown> = {
  name: 'floor',
  version: () => process.version,
  lacks: () => [],
  prepare: ({ address, port }) => ({
    program: process.execPath,
    args: [join(import.meta.dirname, 'floor-server.mjs'), address, String(port), String(ASKED_BUFFER)],
  }),
}
