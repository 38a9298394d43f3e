import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { until } from '../fixture/until.ts'

const ROUNDS = 100
const PER_ROUND = 1_000

/** `a1105.kingcdn.com A` with EDNS and ECS 168.126.63.0/24. */
const GOOD = Buffer.from(
  '00000000000100000000000105613131303507' +
    '6b696e6763646e03636f6d0000010001' +
    '00002904d000000000000b00080007000118' +
    '00a87e3f',
  'hex',
)

/** xorshift32: the same packets on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function mutate(random: (below: number) => number): Buffer {
  const packet = Buffer.from(GOOD)
  switch (random(6)) {
    case 0:
      return packet.subarray(0, random(packet.length))
    case 1:
      // A compression pointer anywhere in the name, to anywhere, itself included.
      packet.writeUInt16BE(0xc000 | random(packet.length), 12 + random(18))
      return packet
    case 2:
      return Buffer.concat([packet, Buffer.alloc(random(4000), random(256))])
    case 3:
      return Buffer.from(Array.from({ length: random(600) }, () => random(256)))
    case 4:
      for (let i = 0; i < 2; i++) packet.writeUInt16BE(random(65536), 4 + 2 * random(4))
      return packet
    default:
      for (let i = 0; i <= random(8); i++) packet[random(packet.length)] = random(256)
      return packet
  }
}

describe('hostile input over real sockets', () => {
  let server: Nameserver
  beforeAll(async () => {
    server = await startNameserver()
  })
  afterAll(() => discard(server))

  const residentMb = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'latin1'))![1]) / 1024
  /** In any order: queries that count as demand cut the map anew. */
  const expectedAnswer = async () =>
    [...(await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24')).answer].sort()

  it('100,000 mutated datagrams: after every 1,000 a good query is answered, memory does not grow, nothing dies', async () => {
    const good = await expectedAnswer()
    expect(good).toHaveLength(2)
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    await new Promise<void>(resolve => socket.connect(server.dnsPort, '127.0.0.1', resolve))
    const replies = new Map<number, Buffer>()
    socket.on('message', message => {
      if (message.length >= 12 && message.readUInt16BE(6) === 2) replies.set(message.readUInt16BE(0), message)
    })
    socket.on('error', () => undefined)
    const random = generator(20261121)
    const before = residentMb()
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < PER_ROUND; i++) {
        socket.send(mutate(random))
        // Let the server's receive buffer drain: packets that the kernel drops would test nothing.
        if (i % 100 === 99) await new Promise(resolve => setImmediate(resolve))
      }
      const id = 40_000 + round
      const probe = Buffer.from(GOOD)
      probe.writeUInt16BE(id, 0)
      replies.delete(id)
      const reply = await until(
        `a good answer after round ${round}`,
        () => {
          if (!replies.has(id)) socket.send(probe)
          return replies.get(id) ?? null
        },
        5_000,
        5,
      )
      expect(reply.readUInt16BE(6)).toBe(2)
    }
    socket.close()
    expect(await expectedAnswer()).toEqual(good)
    expect(residentMb() - before).toBeLessThan(50)
    const status = await server.status()
    const counted = status.workers.flatMap(worker => (worker.counters === null ? [] : [worker.counters.scalars]))
    const seen = counted.reduce((sum, scalars) => sum + scalars.queriesUdp + scalars.ignored, 0)
    expect(seen).toBeGreaterThan(ROUNDS * PER_ROUND * 0.9)
    expect(counted.reduce((sum, scalars) => sum + scalars.internalErrors, 0)).toBe(0)
    expect(status.workers.every(worker => worker.restarts === 0)).toBe(true)
  }, 90_000)

  it('a datagram from source port 0 is dropped and the server lives', async () => {
    const ignored = async () =>
      (await server.status()).workers.reduce((sum, worker) => sum + (worker.counters?.scalars.ignored ?? 0), 0)
    const before = await ignored()
    // A raw socket is the only way to send from port 0; python3 has one.
    const script = `import socket,struct
s=socket.socket(socket.AF_INET,socket.SOCK_RAW,socket.IPPROTO_UDP)
q=bytes.fromhex('${GOOD.toString('hex')}')
s.sendto(struct.pack('!HHHH',0,${server.dnsPort},8+len(q),0)+q,('127.0.0.1',0))`
    execFileSync('python3', ['-c', script])
    await until('the datagram to be counted', async () => (await ignored()) > before)
    expect(await expectedAnswer()).toHaveLength(2)
  })

  it('half-open, slow and oversized TCP clients do not keep others from being answered', async () => {
    const sockets: Socket[] = []
    const open = () =>
      new Promise<Socket>(resolve => {
        const socket = createConnection(server.dnsPort, '127.0.0.1', () => resolve(socket))
        socket.on('error', () => undefined)
        sockets.push(socket)
      })
    for (let i = 0; i < 20; i++) await open()
    const slow = await open()
    slow.write(Buffer.from([0, GOOD.length]))
    slow.write(GOOD.subarray(0, 5))
    const huge = await open()
    huge.write(Buffer.concat([Buffer.from([255, 255]), Buffer.alloc(30_000)]))
    const halfClosed = await open()
    halfClosed.end(Buffer.concat([Buffer.from([0, GOOD.length]), GOOD]))
    const chunks: Buffer[] = []
    halfClosed.on('data', chunk => chunks.push(chunk))
    await until('the half-closed client to get its answer', () => Buffer.concat(chunks).length > 50)
    const reply = await server.dig('a1105.kingcdn.com', 'A', '+tcp', '+subnet=168.126.63.0/24')
    expect(reply.answer).toHaveLength(2)
    for (const socket of sockets) socket.destroy()
  })
})
