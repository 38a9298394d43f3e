import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StateLock } from '../../src/control/state-lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the lock of a state folder', () => {
  it('refuses a second holder with the pid of the first, and is free after release', () => {
    const lock = StateLock.take(folder)
    expect(() => StateLock.take(folder)).toThrow(`in use by process ${process.pid}`)
    lock.release()
    StateLock.take(folder).release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over from a process that was killed', async () => {
    const child = spawn('sleep', ['60'])
    const ended = new Promise(resolve => child.once('exit', resolve))
    writeFileSync(join(folder, 'lock'), `${child.pid} 1\n`)
    child.kill('SIGKILL')
    await ended
    StateLock.take(folder).release()
  })

  it('is taken over when the pid belongs to another process by now', () => {
    writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`)
    StateLock.take(folder).release()
  })

  it('garbage in the lock file is nobody', () => {
    writeFileSync(join(folder, 'lock'), 'not a pid')
    StateLock.take(folder).release()
  })
})
