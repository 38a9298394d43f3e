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

/** Over one TCP connection, as many as fit under way at once (RFC 7766 section 6.2.1.1). */
export const overTcp: Batch = async (port, queries, receive) => {
  if (queries.length === 0) return
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let octets = Buffer.alloc(0)
  let next = 0
  let open = 0
  await new Promise<void>((resolve, reject) => {
    const fill = (): void => {
      const batch: Uint8Array[] = []
      for (; open < IN_FLIGHT && next < queries.length; next++, open++)
        batch.push(Uint8Array.of(queries[next]!.length >> 8, queries[next]!.length & 255), withId(queries[next]!, next))
      if (batch.length > 0) socket.write(Buffer.concat(batch))
    }
    socket.on('data', chunk => {
      octets = octets.length === 0 ? chunk : Buffer.concat([octets, chunk])
      let at = 0
      while (octets.length >= at + 2 && octets.length >= at + 2 + octets.readUInt16BE(at)) {
        const reply = octets.subarray(at + 2, at + 2 + octets.readUInt16BE(at))
        at += 2 + reply.length
        // Answers may overtake each other, by less than there are IDs.
        const id = reply.readUInt16BE(0)
        receive(next - 1 - ((next - 1 - id) & 0xffff), reply)
        open--
        done++
      }
      octets = octets.subarray(at)
      if (done === queries.length) resolve()
      else if (open < IN_FLIGHT / 2) fill()
    })
    let done = 0
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    fill()
  }).finally(() => socket.destroy())
}

function withId(query: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(query)
  copy[0] = (id >> 8) & 255
  copy[1] = id & 255
  return copy
}
