import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileOutlet } from '../../src/log/file-outlet.ts'
import { Control, controlFrame } from '../../src/log/frame-streams.ts'
import { until } from '../fixture/until.ts'

let folder: string
let file: string
const tally = { written: 0, lost: 0 }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-log-'))
  file = join(folder, 'sub', 'log')
  mkdirSync(join(folder, 'sub'))
  tally.written = 0
  tally.lost = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (more: { maxSize?: number; content?: string } = {}) =>
  new FileOutlet({ file, maxSize: 1 << 20, content: null, tally, ...more })
const text = (path = file) => readFileSync(path, 'utf8')

function write(outlet: FileOutlet, ...records: string[]): void {
  for (const record of records) outlet.put(Buffer.from(record))
  outlet.flush()
}

test('lines are appended to what is there', async () => {
  writeFileSync(file, 'old\n')
  const outlet = open()
  write(outlet, 'a\n', 'b\n')
  await outlet.close()
  expect(text()).toBe('old\na\nb\n')
  expect(tally).toEqual({ written: 2, lost: 0 })
})

test('a file that was moved away, or removed, is left for a new one', () => {
  const outlet = open()
  write(outlet, 'a\n')
  renameSync(file, `${file}.old`)
  write(outlet, 'b\n')
  outlet.tick()
  write(outlet, 'c\n')
  expect(text(`${file}.old`)).toBe('a\nb\n')
  expect(text()).toBe('c\n')
  rmSync(file)
  outlet.tick()
  write(outlet, 'd\n')
  expect(text()).toBe('d\n')
})

test('a folder that was removed: an alarm, and what does not fit into memory is lost and counted, until it is back', () => {
  const outlet = open()
  rmSync(join(folder, 'sub'), { recursive: true })
  outlet.tick()
  expect(outlet.trouble).toContain(file)
  for (let i = 0; i < 300; i++) write(outlet, `${'x'.repeat(1022)}\n`)
  expect(tally.lost).toBeGreaterThan(30)
  mkdirSync(join(folder, 'sub'))
  outlet.tick()
  expect(outlet.trouble).toBeNull()
  expect(tally.written + tally.lost).toBe(300)
  expect(text().split('\n')).toHaveLength(tally.written + 1)
})

test('a file never grows beyond its size, and the one before is kept beside it', () => {
  const outlet = open({ maxSize: 100 })
  for (let i = 0; i < 25; i++) write(outlet, `${String(i).padStart(9, '0')}\n`)
  expect(text()).toBe([20, 21, 22, 23, 24].map(i => `${String(i).padStart(9, '0')}\n`).join(''))
  expect(text(`${file}.1`)).toHaveLength(100)
  expect(tally).toEqual({ written: 25, lost: 0 })
})

test('a slow pipe: records wait, are whole, and are lost once too many wait', async () => {
  execFileSync('mkfifo', [file])
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const outlet = open()
  const line = (i: number) => `${i} ${'x'.repeat(1000)}\n`
  for (let i = 0; i < 1_000; i++) write(outlet, line(i))
  const lost = tally.lost
  expect(lost).toBeGreaterThan(500)
  let read = ''
  const chunk = Buffer.alloc(1 << 16)
  for (let turn = 0; turn < 20; turn++) {
    outlet.tick()
    try {
      read += chunk.toString('latin1', 0, readSync(reader, chunk))
    } catch {
      // empty
    }
  }
  const lines = read.split('\n').slice(0, -1)
  expect(lines.map(each => `${each}\n`)).toEqual(lines.map((_, i) => line(i)))
  expect(lines.length + lost).toBe(1_000)
  expect(tally).toEqual({ written: lines.length, lost })
  await outlet.close()
  closeSync(reader)
})

test('a pipe that nobody reads is an alarm, not a wait', () => {
  execFileSync('mkfifo', [file])
  expect(open().trouble).toContain('ENXIO')
})

test('a full disk: an alarm, and no record is torn', () => {
  const outlet = new FileOutlet({ file: '/dev/full', maxSize: 1 << 20, content: null, tally })
  write(outlet, 'a\n')
  expect(outlet.trouble).toContain('ENOSPC')
  expect(tally.written).toBe(0)
})

test('each file of frames is a stream of its own: START, frames, STOP', async () => {
  const start = controlFrame(Control.START, 'some/content')
  const stop = controlFrame(Control.STOP, null)
  const first = open({ content: 'some/content' })
  write(first, 'abc')
  await first.close()
  const whole = Buffer.concat([start, Buffer.from([0, 0, 0, 3]), Buffer.from('abc'), stop])
  expect(readFileSync(file)).toEqual(whole)
  const second = open({ content: 'some/content' })
  await second.close()
  expect(readFileSync(`${file}.1`)).toEqual(whole)
  expect(readFileSync(file)).toEqual(Buffer.concat([start, stop]))
})

test('what may not be written is an alarm', () => {
  mkdirSync(file)
  chmodSync(file, 0o700)
  expect(open().trouble).toContain('EISDIR')
  expect(existsSync(`${file}.1`)).toBe(false)
})

test('standard output that is a socket, as services have it, is written', async () => {
  const path = join(folder, 'stdout.sock')
  const received: Buffer[] = []
  const server = createServer(socket => socket.on('data', octets => received.push(octets))).listen(path)
  await once(server, 'listening')
  const outlet = new URL('../../dist/log/file-outlet.js', import.meta.url)
  const program = `
    import { FileOutlet } from '${outlet}'
    const tally = { written: 0, lost: 0 }
    const outlet = new FileOutlet({ file: '-', maxSize: 1000, content: null, tally })
    for (const line of ['a', 'b']) outlet.put(Buffer.from(line + '\\n'))
    outlet.flush()
    outlet.tick()
    process.stderr.write(JSON.stringify([outlet.trouble, tally]))
    await outlet.close()
    process.stdout.write('still open\\n')`
  const connected = connect(path)
  await once(connected, 'connect')
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', connected, 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', octets => {
    said += String(octets)
  })
  await once(child, 'close')
  connected.destroy()
  await until('the lines', () => Buffer.concat(received).toString() === 'a\nb\nstill open\n')
  server.close()
  expect(JSON.parse(said)).toEqual([null, { written: 2, lost: 0 }])
})
