import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SocketOutlet } from '../../src/log/socket-outlet.ts'
import { control, FrameReader, type ReaderManners } from '../fixture/frame-reader.ts'
import { until } from '../fixture/until.ts'

const CONTENT = 'protobuf:dnstap.Dnstap'
const FIRST_RETRY_MS = 10

let folder: string
let socket: string
let reader: FrameReader | null = null
let outlet: SocketOutlet | null = null
const tally = { written: 0, lost: 0 }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-log-'))
  socket = join(folder, 'tap.sock')
  Object.assign(tally, { written: 0, lost: 0 })
})
afterEach(async () => {
  await outlet?.close()
  reader?.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = () => {
  outlet = new SocketOutlet({ socket, content: CONTENT, tally, firstRetryMs: FIRST_RETRY_MS })
  return outlet
}
const listen = async (manners?: ReaderManners) => {
  reader = await FrameReader.listen(socket, manners)
  return reader
}
const started = (by: FrameReader) => until('START', () => by.heard.includes(`START ${CONTENT}`))

function write(to: SocketOutlet, ...frames: string[]): void {
  for (const frame of frames) to.put(Buffer.from(frame))
  to.flush()
}

test('greets its reader, sends the frames, and takes its leave: READY ACCEPT START ... STOP FINISH', async () => {
  const by = await listen()
  const to = open()
  await started(by)
  write(to, 'a', 'bc')
  write(to, 'd')
  await to.close()
  expect(by.heard).toEqual([`READY ${CONTENT}`, `START ${CONTENT}`, 'a', 'bc', 'd', 'STOP'])
  expect([tally, to.trouble]).toEqual([{ written: 3, lost: 0 }, null])
})

test('what is put before a reader has accepted is lost and counted', async () => {
  const by = await listen({ greeting: 'nothing' })
  const to = open()
  await until('READY', () => by.heard.length === 1)
  write(to, 'early')
  by.send(control(1, CONTENT))
  await started(by)
  write(to, 'late')
  await until('the frame', () => by.heard.includes('late'))
  expect(by.heard).not.toContain('early')
  expect(tally).toEqual({ written: 1, lost: 1 })
})

test('a reader that comes late, leaves and comes again is found each time; meanwhile there is an alarm', async () => {
  const to = open()
  await until('an alarm', () => to.trouble?.includes(`${socket} cannot be written`) === true)
  write(to, 'nobody')
  const first = await listen()
  await started(first)
  expect(to.trouble).toBeNull()
  first.close()
  await until('the alarm', () => to.trouble !== null)
  write(to, 'nobody')
  const second = await listen()
  await started(second)
  write(to, 'a')
  await until('the frame', () => second.heard.includes('a'))
  expect([tally, to.trouble]).toEqual([{ written: 1, lost: 2 }, null])
})

test('new tries come later and later', async () => {
  const by = await listen({ greeting: control(5, null) })
  open()
  await until('five tries', () => by.connected.length >= 5)
  const waits = by.connected.slice(1, 5).map((at, i) => at - by.connected[i]!)
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThan(FIRST_RETRY_MS * 2 ** i - 2)
})

test('of frames for a reader that is too slow some are lost, and counted; the others arrive whole', async () => {
  const by = await listen({ slow: true })
  const to = open()
  await started(by)
  const frame = 'x'.repeat(10_000)
  for (let i = 0; i < 400; i++) write(to, `${i} ${frame}`)
  expect(tally.lost).toBeGreaterThan(100)
  by.resume()
  await until('all to be counted', () => tally.written + tally.lost === 400)
  await until('all to arrive', () => by.frames.length === tally.written)
  const numbers = by.frames.map(octets => Number(octets.toString('latin1', 0, octets.indexOf(' '))))
  expect(numbers).toEqual(numbers.map((_, i) => i))
  for (const [i, octets] of by.frames.entries()) expect(octets.toString('latin1')).toBe(`${i} ${frame}`)
  write(to, 'then')
  await until('the next frame', () => by.heard.at(-1) === 'then')
})

test.each([
  ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'does not speak Frame Streams'],
  ['a frame of data', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), 'does not speak Frame Streams'],
  ['a control frame without end', Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), 'does not speak Frame Streams'],
  ['a control frame without type', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]), 'does not speak Frame Streams'],
  ['another content', control(1, 'protobuf:other'), `does not take ${CONTENT}`],
  [
    'a field beyond its frame',
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0]),
    'does not take',
  ],
])('a reader that answers with %s is left, and tried again', async (_, greeting, said) => {
  const by = await listen({ greeting })
  const to = open()
  await until('the alarm', () => to.trouble?.includes(said) === true)
  write(to, 'a')
  await until('a new try', () => by.connected.length >= 2)
  expect(tally).toEqual({ written: 0, lost: 1 })
  expect(by.heard.filter(each => each.startsWith('START'))).toEqual([])
})

test('what a reader says later, and says octet by octet, does not matter', async () => {
  const by = await listen({ greeting: 'nothing' })
  const to = open()
  await until('READY', () => by.heard.length === 1)
  for (const octet of control(1, CONTENT)) by.send(Buffer.from([octet]))
  await started(by)
  for (let i = 0; i < 100; i++) by.send(control(1, 'again'))
  write(to, 'a')
  await until('the frame', () => by.heard.includes('a'))
  expect(to.trouble).toBeNull()
})
