import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Status } from '../../src/model/status.ts'
import { REPOSITORY } from '../../test/fixture/nameserver.ts'
import { until } from '../../test/fixture/until.ts'
import { TOKEN } from '../harness/contenders/kingcdn.ts'
import type { Running } from '../harness/start.ts'

const run = promisify(execFile)

/** Longest that the largest import and the compile behind it may take. */
const PATIENCE_MS = 300_000
/** So long without a new generation: the server has nothing left to do. */
const QUIET_MS = 2_000

export async function status({ site }: Running): Promise<Status> {
  return (await (await fetch(`http://${site.address}:${site.httpPort}/v1/status`)).json()) as Status
}

/** A changing call; throws unless it is taken. */
export async function post({ site }: Running, path: string, body: unknown): Promise<void> {
  const reply = await fetch(`http://${site.address}:${site.httpPort}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`POST ${path}: ${reply.status} ${await reply.text()}`)
}

/** The command line as a user has it, with the configuration of this server. */
export async function command({ site }: Running, ...args: string[]): Promise<void> {
  await run(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), ...args, '-c', join(site.folder, 'kingcdn.yaml')])
}

/** Imports measurements; resolves when the served map counts `rows` of them and no other map is on its way. */
export async function importRtt(server: Running, file: string, rows: number): Promise<void> {
  await command(server, 'rtt', 'import', file)
  await until(`${rows} measurements to count`, async () => (await status(server)).rtt.rows === rows, PATIENCE_MS)
  await settled(server)
}

/** Resolves when the fine map is served and no other is on its way. */
export async function settled(server: Running): Promise<void> {
  let last = -1
  let since = 0
  await until(
    'the map to settle',
    async () => {
      const { snapshot } = await status(server)
      if (snapshot.generation !== last || snapshot.coarse) {
        last = snapshot.generation
        since = Date.now()
      }
      return Date.now() - since > QUIET_MS
    },
    PATIENCE_MS,
  )
}

/** Keeps a process with all its threads on these cores from now on. */
export function pin(pid: number, cores: readonly number[]): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], { stdio: 'ignore' })
}
