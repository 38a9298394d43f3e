import { readFileSync, writeFileSync } from 'node:fs'
import { atEnd } from './at-end.ts'

/**
 * Octets in the receive buffer of every UDP socket of a run. A socket that says nothing has `rmem_default`; one that asks for a size has the double
 * of it, of `rmem_max` at most (socket(7)), or beyond that limit with SO_RCVBUFFORCE: such servers are told {@link ASKED_BUFFER}.
 */
const BUFFER = 4 * 1024 * 1024
export const ASKED_BUFFER = BUFFER / 2

const SETTINGS = { rmem_default: BUFFER, rmem_max: ASKED_BUFFER }

/** Sets the sizes for this run; they are put back at its end. */
export function setReceiveBuffers(): () => void {
  const undo = Object.entries(SETTINGS).map(([setting, octets]) => {
    const file = `/proc/sys/net/core/${setting}`
    const before = readFileSync(file, 'latin1')
    writeFileSync(file, String(octets))
    return atEnd(() => writeFileSync(file, before))
  })
  return () => {
    for (const each of undo) each()
  }
}
