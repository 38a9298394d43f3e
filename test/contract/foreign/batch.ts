import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'

/** Asks many questions at once; `receive` gets each reply with the number of its query. Queries carry any ID: it is overwritten. */
export type Batch = (
  port: number,
  queries: readonly Uint8Array[],
  receive: (query: number, reply: Uint8Array) => void,
) => Promise<void>

const IN_FLIGHT = 200
const RETRY_MS = 700
const MOST_TRIES = 8

/** Over one UDP socket of 127.0.0.1; what gets no answer is asked again, eight times at most. */
export const overUdp: Batch = async (port, queries, receive) => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const open = new Map<number, { query: number; sentAt: number; tries: number }>()
  let next = 0
  await new Promise<void>((resolve, reject) => {
    const send = (id: number, query: number, tries: number): void => {
      open.set(id, { query, sentAt: Date.now(), tries })
      socket.send(withId(queries[query]!, id), port, '127.0.0.1')
    }
    const fill = (): void => {
      for (; open.size < IN_FLIGHT && next < queries.length; next++) send(next & 0xffff, next, 1)
      if (open.size === 0) resolve()
    }
    socket.on('message', data => {
      const id = data.readUInt16BE(0)
      const asked = open.get(id)
      if (asked === undefined) return
      open.delete(id)
      receive(asked.query, data)
      fill()
    })
    const timer = setInterval(() => {
      for (const [id, { query, sentAt, tries }] of open) {
        if (Date.now() - sentAt < RETRY_MS) continue
        if (tries === MOST_TRIES) reject(new Error(`no answer to ${Buffer.from(queries[query]!).toString('hex')}`))
        send(id, query, tries + 1)
      }
    }, 100)
    socket.on('close', () => clearInterval(timer))
    fill()
  }).finally(() => socket.close())
}

/** Connections in a row that a server may close without one answer. */
const MOST_BARREN = 5
/** Queries under way on a TCP connection, and how long it may stay silent with some of them unanswered. */
const IN_FLIGHT_TCP = 50
const SILENCE_MS = 2_000

/**
 * Over TCP, as many as fit under way at once (RFC 7766 section 6.2.1.1). A server may close a connection whenever it likes; what it has left
 * unanswered is asked on another one (section 6.2.4).
 */
export const overTcp: Batch = async (port, queries, receive) => {
  const left = new Set(queries.keys())
  for (let barren = 0; left.size > 0; ) {
    const before = left.size
    await overOneConnection(port, queries, left, receive)
    barren = left.size < before ? 0 : barren + 1
    if (barren === MOST_BARREN)
      throw new Error(`the server closes every connection, ${left.size} queries are unanswered`)
  }
}

/** Resolves when the connection has ended, by either side; what was answered is no longer `left`. */
async function overOneConnection(
  port: number,
  queries: readonly Uint8Array[],
  left: Set<number>,
  receive: Parameters<Batch>[2],
) {
  const asked = [...left]
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let octets = Buffer.alloc(0)
  let next = 0
  let open = 0
  const fill = (): void => {
    const batch: Uint8Array[] = []
    for (; open < IN_FLIGHT_TCP && next < asked.length; next++, open++) {
      const query = queries[asked[next]!]!
      batch.push(Uint8Array.of(query.length >> 8, query.length & 255), withId(query, next))
    }
    if (batch.length > 0) socket.write(Buffer.concat(batch))
  }
  socket.on('data', chunk => {
    octets = octets.length === 0 ? chunk : Buffer.concat([octets, chunk])
    let at = 0
    while (octets.length >= at + 2 && octets.length >= at + 2 + octets.readUInt16BE(at)) {
      const reply = octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at))
      at += 2 + reply.length
      // Answers may overtake each other, by less than there are IDs.
      const query = asked[next - 1 - ((next - 1 - reply.readUInt16BE(0)) & 0xffff)]!
      receive(query, reply)
      left.delete(query)
      open--
    }
    octets = octets.subarray(at)
    if (left.size === 0) socket.destroy()
    else if (open < IN_FLIGHT_TCP / 2) fill()
  })
  socket.on('error', () => {})
  socket.setTimeout(SILENCE_MS, () => socket.destroy())
  const closed = new Promise(resolve => socket.once('close', resolve))
  fill()
  await closed
}

function withId(query: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(query)
  copy[0] = (id >> 8) & 255
  copy[1] = id & 255
  return copy
}
