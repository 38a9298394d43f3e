import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOG_QUERIES, type QueryLogSettings } from '../../src/model/query-logs.ts'
import { QUERY_RING_BYTES, QueryRing } from '../../src/model/query-ring.ts'
import { QueryLogs } from '../../src/worker/query-logs.ts'
import { until } from '../fixture/until.ts'
import { exchangeOf } from '../log/fixture.ts'

/** The thread runs built code, as in `serve`. */
const ENTRY = new URL('../../dist/worker/log-thread.js', import.meta.url)
const OFF: QueryLogSettings = { queries: null, decisions: null, dnstap: null, clients: 'whole' }

let folder: string
let logs: QueryLogs
let ring: QueryRing
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-logs-'))
  const memory = new SharedArrayBuffer(QUERY_RING_BYTES)
  ring = new QueryRing(memory)
  logs = new QueryLogs({ rings: [memory], version: 'test', log: () => undefined, entry: ENTRY, lingerMs: 20 })
})
afterEach(async () => {
  await logs.stop()
  rmSync(folder, { recursive: true, force: true })
})

const to = (name: string): QueryLogSettings => ({
  ...OFF,
  queries: { file: join(folder, name), sample: 1, maxSize: 1 << 20 },
})
const put = () => ring.put(LOG_QUERIES, exchangeOf(new Uint8Array(12), new Uint8Array(12)), null)
const lines = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').split('\n').length - 1 : 0
/** Threads of this process that write logs. */
const threads = () =>
  readdirSync('/proc/self/task').filter(task => {
    const comm = `/proc/self/task/${task}/comm`
    return existsSync(comm) && readFileSync(comm, 'utf8').trim() === 'log'
  })

test('there is a thread only while a log is on, and what came after it went off is in no log', async () => {
  logs.configure(OFF)
  expect(threads()).toEqual([])
  logs.configure(to('first'))
  put()
  await until('the first line', () => lines('first') === 1)
  expect(threads()).toHaveLength(1)
  logs.configure(OFF)
  put()
  await until('the end of the thread', () => threads().length === 0)
  logs.configure(to('second'))
  put()
  await until('a line of the next', () => lines('second') === 1)
  expect(lines('first')).toBe(1)
  expect(logs.counts().queries).toEqual({ written: 2, lost: 0 })
})

test('the thread of a log that is on again at once goes on', async () => {
  logs.configure(to('first'))
  put()
  await until('the first line', () => lines('first') === 1)
  const [thread] = threads()
  logs.configure(OFF)
  logs.configure(to('second'))
  for (let line = 1; line <= 5; line++) {
    put()
    await until('a line of the next', () => lines('second') === line)
  }
  expect(threads()).toEqual([thread])
})
