import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { findTool, missing } from '../fixture/tools.ts'

const FOLDER = join(REPOSITORY, 'deploy')
const UNITS = readdirSync(FOLDER).filter(name => name.endsWith('.service'))
/** Of 10, by systemd-analyze: what Node and port 53 need is 1.9. */
const MOST_EXPOSED = 2

/** Both streams; throws when it ends otherwise than with 0. */
const analyze = (...args: string[]) =>
  execFileSync(findTool('systemd-analyze')!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const read = (unit: string) => readFileSync(join(FOLDER, unit), 'utf8')

describe.skipIf(missing('systemd-analyze'))('the units of deploy/', () => {
  it('are those of the nameserver, the prober and the monitor', () => {
    expect(UNITS.sort()).toEqual(['kingcdn-monitor.service', 'kingcdn-probe@.service', 'kingcdn.service'])
  })

  it.each(UNITS)('%s is a unit that systemd understands', unit => {
    analyze('verify', '--man=no', join(FOLDER, unit))
  })

  it('a mistake in one would be seen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'units-'))
    const file = join(folder, 'kingcdn.service')
    writeFileSync(file, read('kingcdn.service').replace('ExecStart=/usr/bin/env', 'ExecStart=/nowhere/env'))
    expect(() => analyze('verify', '--man=no', file)).toThrow(/nowhere/)
    rmSync(folder, { recursive: true })
  })

  it.each(UNITS)('%s exposes little', unit => {
    const bound = `--threshold=${10 * MOST_EXPOSED}`
    analyze('security', '--offline=true', '--no-pager', bound, join(FOLDER, unit))
  })

  it('the nameserver has port 53, its threads their priorities, V8 its code, and the watchdog its word', () => {
    const text = read('kingcdn.service')
    for (const line of [
      'AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_NICE',
      'MemoryDenyWriteExecute=no',
      'Type=notify',
      'WatchdogSec=30',
      'ExecReload=/bin/kill -HUP $MAINPID',
    ])
      expect(text.split('\n')).toContain(line)
  })
})
