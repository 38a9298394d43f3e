import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from './config.ts'

const FILE = 'last-good.json'
/** Changes when what is kept would be misread by an older or newer program. */
const VERSION = 4

/** Keeps a configuration whose tables are served, for a start whose own configuration is bad. */
export async function keepLastGood(config: Config): Promise<void> {
  const file = join(config.state, FILE)
  // It holds the store's URL, which may hold a password.
  const handle = await open(`${file}.new`, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify({ version: VERSION, config }))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}

/** The configuration kept last beside a configuration file that cannot be read now; null when there is none. */
export function readLastGood(configFile: string): Config | null {
  try {
    const kept = JSON.parse(readFileSync(join(likelyState(configFile), FILE), 'utf8')) as {
      version: number
      config: Config
    }
    return kept.version === VERSION ? kept.config : null
  } catch {
    return null
  }
}

/** The state folder of a configuration that does not parse: what its text seems to say, else the default. */
function likelyState(configFile: string): string {
  let text = ''
  try {
    text = readFileSync(configFile, 'latin1')
  } catch {
    // The file itself may be what is wrong.
  }
  const written = /^state:[ \t]*["']?([^\s"'#]+)/m.exec(text)?.[1] ?? './var'
  return resolve(dirname(configFile), written)
}
