import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { atEnd } from './at-end.ts'

/**
 * Octets in the receive buffer of every UDP socket of a run. A socket that says nothing has `rmem_default`; one that asks for a size has the double
 * of it, of `rmem_max` at most (socket(7)), or beyond that limit with SO_RCVBUFFORCE: such servers are told {@link ASKED_BUFFER}.
 */
const BUFFER = 4 * 1024 * 1024
export const ASKED_BUFFER = BUFFER / 2

const SETTINGS = { rmem_default: BUFFER, rmem_max: ASKED_BUFFER }

/** What the machine had before the first bench that runs now, or before one that was killed. */
const BEFORE = '/run/kingcdn-bench-receive-buffers.json'

/** Sets the sizes for this run. The last bench to end (`alone` is true then) puts back what was before the first. */
export function setReceiveBuffers(alone: () => boolean): () => void {
  if (!existsSync(BEFORE)) writeFileSync(BEFORE, JSON.stringify(readSettings()))
  writeSettings(SETTINGS)
  return atEnd(() => {
    if (!alone()) return
    writeSettings(JSON.parse(readFileSync(BEFORE, 'utf8')) as Settings)
    rmSync(BEFORE)
  })
}

type Settings = Record<keyof typeof SETTINGS, number>

const file = (setting: string): string => `/proc/sys/net/core/${setting}`

function readSettings(): Settings {
  const read = (setting: string): number => Number(readFileSync(file(setting), 'latin1'))
  return { rmem_default: read('rmem_default'), rmem_max: read('rmem_max') }
}

function writeSettings(settings: Settings): void {
  for (const [setting, octets] of Object.entries(settings)) writeFileSync(file(setting), String(octets))
}
