import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AnsweringPool } from '../../src/worker/answering-pool.ts'
import { until } from '../fixture/until.ts'

const ENTRY = new URL('./fixture/answerer.mjs', import.meta.url)
let folder = ''
let pool: AnsweringPool | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pool-'))
})
afterEach(async () => {
  await pool?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function poolOf(mode: string): AnsweringPool {
  pool = new AnsweringPool({
    common: {
      addresses: [],
      nsid: mode,
      udp: { maxPayload: 1232, receiveBuffer: 0 },
      tcp: { idleMs: 1000, messageMs: 1000, perAddress: 1, connections: 1 },
      ecs: true,
    },
    queryWorkers: 1,
    crashFolder: join(folder, 'crash'),
    entry: ENTRY,
    swapLimitMs: 500,
    log: () => undefined,
  })
  return pool
}

const tables = (generation: number) => ({ generation, arena: new SharedArrayBuffer(8), live: new SharedArrayBuffer(8) })
const generations = () => pool!.statuses().map(status => status.generation)

describe('the pool of answering threads', () => {
  it('a swap is done when every worker serves the new tables', async () => {
    await poolOf('good').start()
    await pool!.swap(tables(1))
    expect(generations()).toEqual([1, 1])
    await pool!.swap(tables(2))
    expect(generations()).toEqual([2, 2])
  })

  it('tables that kill a worker are refused, and the old ones are served again', async () => {
    await poolOf('die-on:2').start()
    await pool!.swap(tables(1))
    await expect(pool!.swap(tables(2))).rejects.toThrow('generation 2')
    await until('all workers to serve generation 1 again', () => generations().every(generation => generation === 1))
    await until('the dead to be restarted', () => pool!.statuses().every(status => status.restarts >= 1))
    await pool!.swap(tables(3))
    expect(generations()).toEqual([3, 3])
  })

  it('a worker that does not take new tables is ended before the swap is over', async () => {
    await poolOf('ignore:2').start()
    await pool!.swap(tables(1))
    await expect(pool!.swap(tables(2))).rejects.toThrow('generation 2')
    expect(pool!.statuses().map(status => status.restarts)).toEqual([1, 1])
  })

  it('does not start when an address cannot be bound, or a thread dies at once', async () => {
    await expect(poolOf('fail').start()).rejects.toThrow('cannot listen on udp 127.0.0.1:53')
    await pool!.stop()
    await expect(poolOf('die-at-start').start()).rejects.toThrow('died before it listened')
  })
})
