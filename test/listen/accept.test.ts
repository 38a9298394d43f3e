import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { accept } from '../../src/listen/accept.ts'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { findTool, missing } from '../fixture/tools.ts'

/** How many connections the kernel keeps until they are accepted: what `ss` shows as the Send-Q of a socket that listens. */
async function backlogOf(freebind: boolean): Promise<string | undefined> {
  const listener = await accept('tcp', { host: '127.0.0.1', port: 0, freebind }, socket => socket.destroy())
  try {
    const shown = execFileSync(findTool('ss')!, ['-ltnH', `sport = :${listener.address.port}`], { encoding: 'utf8' })
    return shown.trim().split(/\s+/)[2]
  } finally {
    await listener.close()
  }
}

it.skipIf(loadLibc().kind === 'absent' || missing('ss'))(
  'with freebind as many connections may wait as without',
  async () => {
    const backlog = await backlogOf(false)
    expect(backlog).toMatch(/^\d+$/)
    expect(await backlogOf(true)).toBe(backlog)
  },
)
