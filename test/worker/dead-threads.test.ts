import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { AnsweringPool } from '../../src/worker/answering-pool.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { freePort } from '../fixture/ports.ts'
import { UdpClient } from '../fixture/udp-client.ts'
import { until } from '../fixture/until.ts'

const CLIENTS = 32
let folder = ''
let pool: AnsweringPool
let port = 0
let log: string[] = []
beforeEach(async () => {
  log = []
  folder = mkdtempSync(join(tmpdir(), 'dead-'))
  port = await freePort()
  const addresses = [{ address: '127.0.0.1', port }]
  pool = new AnsweringPool({
    common: {
      addresses,
      tlsAddresses: [],
      settings: BARE_SETTINGS,
      nsid: '',
      udp: { maxPayload: 1232, receiveBuffer: 0, transport: 'batch', addresses, xdp: [], queryWorkers: 2 },
      freebind: false,
      beside: false,
      tcp: { idleMs: 1000, messageMs: 1000, perAddress: 1, connections: 1 },
      ecs: true,
    },
    queryWorkers: 2,
    crashFolder: join(folder, 'crash'),
    entry: new URL('./fixture/answering-thread.mjs', import.meta.url),
    log: (_, sentence) => log.push(sentence),
  })
})
afterEach(async () => {
  await pool.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** UDP sockets of this machine that are bound to the port. */
async function socketsAtPort(): Promise<number> {
  const local = new RegExp(`^ *\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'gm')
  return (await readFile('/proc/net/udp', 'utf8')).match(local)?.length ?? 0
}

/** Each from a port of its own, so that they are spread over all sockets that share the address. */
async function askFromManyPorts(): Promise<number> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => UdpClient.at('127.0.0.1', port)))
  try {
    const replies = await Promise.all(clients.map(client => client.ask({ name: 'a.' })))
    return replies.length
  } finally {
    for (const client of clients) client.close()
  }
}

/** No thread can open these: whoever takes them dies, the others are ended. */
const deadly = {
  generation: 1,
  zones: new SharedArrayBuffer(8),
  map: new SharedArrayBuffer(8),
  live: new SharedArrayBuffer(8),
  zoneNumbers: new Uint32Array(0),
}

describe.skipIf(loadLibc().kind === 'absent')('query threads that have died', () => {
  it('leave no socket behind that takes queries from those who came after them', async () => {
    await pool.start()
    expect(await socketsAtPort()).toBe(2)
    await expect(pool.swap(deadly)).rejects.toThrow('generation 1')
    await until('all to be back', () => log.filter(sentence => sentence.endsWith('listens again')).length === 3)
    expect(await socketsAtPort()).toBe(2)
    expect(await askFromManyPorts()).toBe(CLIENTS)
  })

  it('are none after a stop, and neither are their sockets', async () => {
    await pool.start()
    await pool.stop()
    expect(await socketsAtPort()).toBe(0)
  })
})
