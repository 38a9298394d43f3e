import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Millis, millis } from '../../src/base/brand.ts'
import { MEASUREMENT_LIFETIME_MS } from '../../src/model/measurement.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { intent, manyRows, plan, Recorder, row, systemClock } from '../fixture/store.ts'
import { until } from '../fixture/until.ts'

describe('the embedded store and its journal', () => {
  const stores: MemoryStore[] = []
  const log: string[] = []
  let folder = ''
  let journal = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-journal-'))
    journal = join(folder, 'journal.jsonl')
    log.length = 0
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = (more: { clock?: { now(): Millis }; maxRows?: number; stateDir?: string } = {}): MemoryStore => {
    const deps = { stateDir: folder, clock: systemClock, log: (_: string, message: string) => void log.push(message) }
    const store = new MemoryStore({ ...deps, ...more })
    stores.push(store)
    return store
  }
  const stop = async () => {
    for (const store of stores.splice(0)) await store.close()
  }
  const clusters = async (store: MemoryStore) => (await store.readIntents()).map(each => each.cluster)

  it('killed with SIGKILL in the middle of writes: all that was promised is there', async () => {
    const program = resolve(import.meta.dirname, '../fixture/journal-writer.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', chunk => {
      output += String(chunk)
    })
    await until('fifty rounds', () => output.split('\n').length > 50, 15_000, 1)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const promised = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1))
    const store = start()
    const intents = new Set(await clusters(store))
    for (let i = 0; i <= promised; i++) expect(intents.has(`cluster-${i}`)).toBe(true)
    const rows = await store.readMeasurements()
    expect(rows.length).toBeGreaterThanOrEqual((promised + 1) * 50)
    expect(store.skipped).toBe(0)
  })

  it('a last line torn at any octet is ignored, and the next writes are whole', async () => {
    const first = start()
    await first.putIntent('icn-kt', intent('icn-kt'))
    await stop()
    const whole = statSync(journal).size
    const second = start()
    await second.putIntent('nrt-ix', intent('nrt-ix'))
    await stop()
    const bytes = readFileSync(journal)
    for (let cut = whole; cut < bytes.length; cut += 7) {
      writeFileSync(journal, bytes.subarray(0, cut))
      const store = start()
      expect(await clusters(store)).toEqual(['icn-kt'])
      await store.putIntent('fra-ix', intent('fra-ix'))
      await stop()
      const again = start()
      expect(await clusters(again)).toEqual(['icn-kt', 'fra-ix'])
      expect(again.skipped).toBe(0)
      await stop()
    }
  })

  it('a damaged line in the middle is skipped, counted and said; everything else is kept', async () => {
    const store = start()
    for (const cluster of ['a', 'b', 'c']) await store.putIntent(cluster, intent(cluster))
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 3)])
    await stop()
    const lines = readFileSync(journal, 'utf8').split('\n')
    lines[1] = lines[1]!.replace('"percent":100', '"percent":10')
    lines.splice(2, 0, 'not a line', '\0'.repeat(4096), '{}', '')
    writeFileSync(journal, lines.join('\n'))
    const damaged = start()
    expect(await clusters(damaged)).toEqual(['a', 'c'])
    expect(await damaged.readMeasurements()).toHaveLength(1)
    expect(damaged.skipped).toBe(5)
    expect(log).toEqual([`store: skipped ${journal}:2: the line is damaged; all others are kept`])
  })

  it('a file of rubbish is no reason not to start', async () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 3)) & 255))
    writeFileSync(journal, noise)
    const store = start()
    const recorder = new Recorder()
    await store.open(recorder)
    await until('it to be ready', () => recorder.ready > 0)
    await store.putIntent('icn-kt', intent('icn-kt'))
    await stop()
    expect(await clusters(start())).toEqual(['icn-kt'])
  })

  it('a line that never ends is not held in memory', async () => {
    writeFileSync(journal, '')
    truncateSync(journal, 200 * 1024 * 1024)
    appendFileSync(journal, '\n')
    const store = start()
    await store.putIntent('icn-kt', intent('icn-kt'))
    expect(store.skipped).toBe(1)
    await stop()
    expect(await clusters(start())).toEqual(['icn-kt'])
  })

  it('takes 100,000 measurements at once and reads them back', async () => {
    const store = start()
    const rows = manyRows(100_000)
    await store.putMeasurements(rows)
    await stop()
    const again = start()
    const read = await again.readMeasurements()
    expect(read).toHaveLength(rows.length)
    expect(read.at(-1)).toEqual(rows.at(-1))
  })

  it('rewrites a journal that has grown, and loses nothing of it', async () => {
    const store = start()
    const rows = manyRows(20_000, { source: 'import' })
    await store.putIntent('icn-kt', intent('icn-kt'))
    const lease = (await store.acquireLease('ns1', 10_000))!
    await store.publishPlan(plan(lease.token, 3))
    let largest = 0
    for (let round = 0; round < 10; round++) {
      const at = millis(Date.now())
      await store.putMeasurements(rows.map(each => ({ ...each, measuredAt: at, rttMs: round + 1 })))
      largest = Math.max(largest, statSync(journal).size)
    }
    await until('the rewriting', () => statSync(journal).size < largest)
    expect(largest).toBeLessThan(12 * 1024 * 1024)
    expect(existsSync(`${journal}.new`)).toBe(false)
    await stop()
    const again = start()
    const recorder = new Recorder()
    await again.open(recorder)
    await until('it to be ready', () => recorder.ready > 0)
    expect(recorder.rows.size).toBe(rows.length)
    expect(new Set([...recorder.rows.values()].map(each => each.rttMs))).toEqual(new Set([10]))
    expect(new Set(recorder.positions)).toEqual(new Set(['20-0']))
    expect(recorder.plans).toMatchObject([{ seq: 3 }])
    expect([...recorder.intents.keys()]).toEqual(['icn-kt'])
    expect((await again.acquireLease('ns1', 10_000))!.token).toBeGreaterThan(lease.token)
    expect(again.skipped).toBe(0)
  })

  it('a rewriting that was cut off leaves the old journal in force', async () => {
    const store = start()
    await store.putIntent('icn-kt', intent('icn-kt'))
    await stop()
    writeFileSync(`${journal}.new`, 'half a')
    expect(await clusters(start())).toEqual(['icn-kt'])
  })

  it('forgets what is past its lifetime, in memory and on disk', async () => {
    let now = Date.now()
    const clock = { now: () => millis(now) }
    const store = start({ clock })
    await store.putMeasurements([row('192.0.2.0/24', 'old', 1, { measuredAt: millis(now) })])
    now += MEASUREMENT_LIFETIME_MS + 1
    expect(await store.readMeasurements()).toEqual([])
    await store.putMeasurements([row('192.0.2.0/24', 'new', 1, { measuredAt: millis(now) })])
    await stop()
    expect((await start({ clock }).readMeasurements()).map(each => each.cluster)).toEqual(['new'])
  })

  it('refuses measurements beyond its bound as a whole, and takes more when old ones are forgotten', async () => {
    let now = Date.now()
    const store = start({ clock: { now: () => millis(now) }, maxRows: 1_000 })
    await store.putMeasurements(manyRows(1_000, { measuredAt: millis(now) }))
    const more = [row('192.0.2.0/24', 'icn-kt', 1, { measuredAt: millis(now) })]
    await expect(store.putMeasurements(more)).rejects.toMatchObject({
      name: 'StoreFull',
      message: expect.stringContaining('takes at most 1000'),
    })
    expect(await store.readMeasurements()).toHaveLength(1_000)
    await store.putMeasurements(manyRows(1_000, { measuredAt: millis(now + 1), rttMs: 5 }))
    now += MEASUREMENT_LIFETIME_MS + 2
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1, { measuredAt: millis(now) })])
    expect(await store.readMeasurements()).toHaveLength(1)
  })

  it('a state folder that cannot be used: away with the reason, and back when it can', async () => {
    // A file where the folder should be: also root cannot write there.
    const blocked = join(folder, 'var')
    writeFileSync(blocked, '')
    const store = start({ stateDir: blocked })
    const recorder = new Recorder()
    await store.open(recorder)
    await until('the word', () => recorder.statuses.length > 0)
    expect(recorder.statuses[0]).toEqual([false, expect.stringContaining('journal.jsonl cannot be opened')])
    await expect(store.putIntent('icn-kt', null)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    rmSync(blocked)
    await until('it to be up', () => recorder.up, 5_000)
    await store.putIntent('icn-kt', intent('icn-kt'))
    expect(recorder.calls).toEqual(['away', 'up', 'ready', 'intent'])
  })

  it('a disk that takes no more: the write fails, the listener is told, and it recovers by itself', async () => {
    // A limit on the size of files stands for the full disk: the journal grows past it, and rewritten it fits again.
    const program = resolve(import.meta.dirname, '../fixture/journal-filler.ts')
    const command = `trap '' XFSZ; ulimit -f 512; exec "$0" --import tsx "${program}" "${folder}"`
    const child = spawn('bash', ['-c', command.replace('"$0"', `"${process.execPath}"`)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', chunk => {
      output += String(chunk)
    })
    await once(child, 'exit')
    const said = output.trim().split('\n')
    expect(said[0]).toBe('up')
    expect(said[1]).toMatch(/^refused StoreUnavailable state cannot be kept in .*EFBIG/)
    expect(said[2]).toMatch(/^away .*EFBIG/)
    expect(said.slice(3)).toEqual(['up', 'kept'])
    const store = start()
    expect((await store.readIntents()).map(each => `${each.cluster} ${each.reason}`)).toEqual(['icn-kt after'])
    expect(store.skipped).toBe(0)
  })
})
