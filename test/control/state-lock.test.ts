import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  it('is taken over at once after kill -9, before its parent has taken note of the death', async () => {
    // Large and with threads, as ours: it takes a while to go.
    const code = `
      const { Worker } = require('node:worker_threads')
      for (let i = 0; i < 3; i++) new Worker('setInterval(() => 0, 1000)', { eval: true })
      globalThis.kept = Buffer.alloc(200e6, 1)
      setTimeout(() => console.log('ready'), 100)`
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise(resolve => child.once('exit', resolve))
    await new Promise(resolve => child.stdout.once('data', resolve))
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    writeFileSync(join(folder, 'lock'), `${child.pid} ${startTime}\n`)
    expect(() => StateLock.take(folder)).toThrow(`in use by process ${child.pid}`)
    child.kill('SIGKILL')
    // Without a turn of the event loop in between: it is a zombie at best.
    StateLock.take(folder).release()
    await ended
  })

  it('is not taken from one that is stopped', async () => {
    const child = spawn('sleep', ['60'])
    const ended = new Promise(resolve => child.once('exit', resolve))
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    writeFileSync(join(folder, 'lock'), `${child.pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}\n`)
    child.kill('SIGSTOP')
    expect(() => StateLock.take(folder)).toThrow(`in use by process ${child.pid}`)
    child.kill('SIGKILL')
    await ended
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

describe('a lock that is given away', () => {
  const startTimeOf = (pid: number) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  }

  it('is the other process, until that ends and it is taken back', async () => {
    const other = spawn('sleep', ['60'])
    const ended = new Promise(resolve => other.once('exit', resolve))
    const lock = StateLock.take(folder)
    lock.give(other.pid!)
    expect(lock.isOurs).toBe(false)
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(`${other.pid} ${startTimeOf(other.pid!)}\n`)
    lock.release()
    expect(readdirSync(folder)).toEqual(['lock'])
    expect(() => lock.takeBack()).toThrow(`in use by process ${other.pid}`)
    expect(lock.isOurs).toBe(false)
    other.kill('SIGKILL')
    await ended
    lock.takeBack()
    expect(lock.isOurs).toBe(true)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not given to a process that does not run, and stays', () => {
    const lock = StateLock.take(folder)
    expect(() => lock.give(2 ** 22 + 1)).toThrow('does not run')
    expect(lock.isOurs).toBe(true)
    expect(() => StateLock.take(folder)).toThrow(`in use by process ${process.pid}`)
    lock.release()
  })

  it('is inherited by the process that it names, and by no other', () => {
    expect(StateLock.inherited(folder)).toBeNull()
    writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`)
    expect(StateLock.inherited(folder)).toBeNull()
    writeFileSync(join(folder, 'lock'), `${process.pid} ${startTimeOf(process.pid)}\n`)
    StateLock.inherited(folder)!.release()
    expect(readdirSync(folder)).toEqual([])
  })
})
