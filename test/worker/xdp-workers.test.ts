import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { mayUseXdp, openWire, SERVER, type Wire } from '../fixture/wire.ts'

const POOL = join(import.meta.dirname, 'fixture/xdp-pool.mjs')

describe.skipIf(missing('dig') || !mayUseXdp())('query workers by AF_XDP', { timeout: 90_000 }, () => {
  let wire: Wire
  let pool: ChildProcess | undefined
  beforeEach(async () => {
    wire = await openWire()
  })
  afterEach(async () => {
    pool?.kill('SIGKILL')
    await wire.stop()
  })

  it('that died and were started again have their queue back, rings and all, time and again', async () => {
    const program = wire.server.spawn(process.execPath, [POOL, SERVER.v4])
    pool = program
    let said = ''
    let told = ''
    program.stdout!.on('data', chunk => {
      said += String(chunk)
    })
    program.stderr!.on('data', chunk => {
      told += String(chunk)
    })
    const heard = (word: string, times: number) =>
      until(
        `${word}, ${times} times`,
        () => {
          if (program.exitCode !== null) throw new Error(told)
          return said.split('\n').filter(line => line === word).length >= times
        },
        30_000,
      )
    /** Every query is answered, by the ring and by no socket. */
    const answers = async (): Promise<void> => {
      const before = await wire.datagramsToSockets()
      const { text } = await wire.client.run('dig', [`@${SERVER.v4}`, '+time=2', '+tries=3', 'a.test'])
      expect(text).toContain('EDE: 14 (Not Ready)')
      expect((await wire.datagramsToSockets()) - before).toBe(0)
    }
    await heard('up', 1)
    await answers()
    for (const death of [1, 2, 3]) {
      program.stdin!.write('die\n')
      await heard('again', death)
      await answers()
    }
  })
})
