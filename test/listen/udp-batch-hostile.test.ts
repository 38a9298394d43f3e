import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { DATAGRAM_OCTETS } from '../../src/listen/datagram.ts'
import { BATCH } from '../../src/listen/udp-batch.ts'
import { AT } from '../../src/model/counters.ts'
import { openWorld, type World } from '../answer/world.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { Dice, hostileMessage } from '../fixture/mutate.ts'
import { SyncClient } from './sync-client.ts'
import { libc, newBatch } from './udp-transports.ts'

const SEED = 20260917
const DATAGRAMS = 200_000
const CLIENTS = 40
const NAMES = ['a1105.cdn.example', 'www.example.com', 'www.sub.example.com', 'nope.example.com', 'huge.example.com']

const open: { close(): unknown }[] = []
afterAll(() => {
  for (const each of open.splice(0)) each.close()
})

/** Mutated queries, and noise of any size, also of none and of more than is read. */
function hostileDatagram(dice: Dice): Uint8Array {
  if (dice.below(8) > 0) return hostileMessage(dice, NAMES)
  const noise = new Uint8Array(dice.below(dice.of([1, 13, 600, 2 * DATAGRAM_OCTETS])))
  for (let i = 0; i < noise.length; i++) noise[i] = dice.next()
  return noise
}

/** One client and the replies that it is owed: those of an answerer which gets every message in memory of its own. */
class Client {
  readonly #socket: SyncClient
  readonly #from: string
  readonly #oracle: World
  readonly #owed: Buffer[] = []

  constructor(from: string, oracle: World) {
    this.#socket = new SyncClient(from)
    this.#from = from
    this.#oracle = oracle
    open.push(this.#socket)
  }

  post(message: Uint8Array, to: Endpoint): void {
    const read = message.slice(0, DATAGRAM_OCTETS)
    const reply = this.#oracle.exchange(read, { from: this.#from, room: DATAGRAM_OCTETS })
    if (reply.length > 0) this.#owed.push(Buffer.from(reply))
    this.#socket.post(message, to)
  }

  /** Returns when what all clients have posted has arrived. */
  settle(): void {
    this.#socket.settle()
  }

  /** The replies since the last time: exactly those owed. */
  collect(): Buffer[] {
    const [replies, owed] = [this.#socket.all(), this.#owed.splice(0)]
    const alike = replies.length === owed.length && replies.every((reply, i) => reply.equals(owed[i]!))
    if (!alike) expect(replies).toEqual(owed)
    return replies
  }
}

it.skipIf(libc === null)(
  `${DATAGRAMS} hostile datagrams of ${CLIENTS} clients: each is answered as if it were alone, and nothing grows (seed ${SEED})`,
  { timeout: 180_000 },
  () => {
    const [world, oracle] = [openWorld(), openWorld()]
    const batch = newBatch({
      receiveBuffer: 4 << 20,
      traffic: { counters: world.counters, at: AT },
      respond: (message, length, peer, out) => world.answerer.answer(message, length, peer, Transport.Udp, out),
    })
    open.push(batch)
    const addresses = ['127.0.0.1', '127.0.0.2'].map(host => batch.open({ host, port: 0 }))
    const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(`127.1.${i}.${2 * i + 1}`, oracle))
    const dice = new Dice(SEED)
    const held: number[] = []
    let good = 0
    for (let sent = 0; sent < DATAGRAMS; sent += BATCH - 1) {
      const to = dice.of(addresses)
      for (let i = 0; i < BATCH - 1; i++) dice.of(clients).post(hostileDatagram(dice), to)
      const asking = dice.of(clients)
      asking.post(buildQuery({ name: 'www.example.com', id: good & 0xffff }), to)
      asking.settle()
      batch.turn()
      const replies = asking.collect()
      expect(parseMessage(replies.at(-1)!)).toMatchObject({ id: good & 0xffff, rcode: 0, aa: true })
      good++
      if (good % 20 === 0) for (const each of clients) each.collect()
      if (good % 200 === 0) held.push(memoryHeld())
    }
    for (const each of clients) each.collect()
    expect(world.read().scalars.internalErrors).toBe(0)
    expect(world.read().scalars.sendErrors).toBe(0)
    expect(batch.dropped).toBe(0)
    // Half of the way is for warming up.
    const later = held.slice(held.length >>> 1)
    expect(Math.max(...later) - later[0]!).toBeLessThan(1 << 20)
  },
)

/** Octets of the heap and of what hangs from it, without what could be collected. */
function memoryHeld(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
