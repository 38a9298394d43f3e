import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import koffi from 'koffi'
import { describe, expect, it } from 'vitest'
import { newPeer } from '../../src/base/peer.ts'
import { DATAGRAM_OCTETS } from '../../src/listen/datagram.ts'
import { MessageBatch } from '../../src/listen/message-batch.ts'

/** The structures as sys/socket.h, sys/uio.h and netinet/in.h have them: the compiler's rules, not our numbers, lay them out. */
const iovec = koffi.struct({ iov_base: 'void *', iov_len: 'size_t' })
const msghdr = koffi.struct({
  msg_name: 'void *',
  msg_namelen: 'uint32_t',
  msg_iov: 'void *',
  msg_iovlen: 'size_t',
  msg_control: 'void *',
  msg_controllen: 'size_t',
  msg_flags: 'int',
})
const mmsghdr = koffi.struct({ msg_hdr: msghdr, msg_len: 'unsigned int' })
const sockaddrIn = koffi.struct({ family: 'uint16_t', port: 'uint16_t', address: koffi.array('uint8_t', 4) })
const sockaddrIn6 = koffi.struct({
  family: 'uint16_t',
  port: 'uint16_t',
  flowinfo: 'uint32_t',
  address: koffi.array('uint8_t', 16),
  scope: 'uint32_t',
})

const COUNT = 5
const numbers = Array.from({ length: COUNT }, (_, i) => i)

/** A batch, and what a compiler that knows the structures finds in its memory. */
function laidOut(addressOf = (memory: Uint8Array): number => Number(koffi.address(memory))) {
  const batch = new MessageBatch(COUNT, addressOf)
  const memory = batch.arriving.buffer
  const view = new DataView(memory)
  const base = addressOf(new Uint8Array(memory))
  const pointer = (at: number): number => Number(view.getBigUint64(at, true)) - base
  const field = (name: string): number => koffi.offsetof(msghdr, name)
  const header = (headers: Uint8Array, i = 0) => {
    const at = headers.byteOffset + i * koffi.sizeof(mmsghdr)
    const vector = pointer(at + field('msg_iov'))
    return {
      at,
      name: pointer(at + field('msg_name')),
      nameLengthAt: at + field('msg_namelen'),
      nameLength: view.getUint32(at + field('msg_namelen'), true),
      vector,
      vectors: view.getBigUint64(at + field('msg_iovlen'), true),
      control: view.getBigUint64(at + field('msg_control'), true),
      controlLength: view.getBigUint64(at + field('msg_controllen'), true),
      octets: pointer(vector + koffi.offsetof(iovec, 'iov_base')),
      room: Number(view.getBigUint64(vector + koffi.offsetof(iovec, 'iov_len'), true)),
      movedAt: at + koffi.offsetof(mmsghdr, 'msg_len'),
    }
  }
  return { batch, memory, view, header }
}

const V4 = { family: 4, hi: 0xc0000207, lo: 0, hostHi: 0, hostLo: 0 }
const V6 = { family: 6, hi: 0x20010db8, lo: 0x01020304, hostHi: 0xfffffffe, hostLo: 0x80000001 }

/** As the kernel writes them: family in the machine's order, port and address in the network's. */
function nameV4(port: number): Buffer {
  const octets = Buffer.alloc(16)
  octets.writeUInt16LE(2, koffi.offsetof(sockaddrIn, 'family'))
  octets.writeUInt16BE(port, koffi.offsetof(sockaddrIn, 'port'))
  octets.writeUInt32BE(V4.hi, koffi.offsetof(sockaddrIn, 'address'))
  return octets
}
function nameV6(port: number): Buffer {
  const octets = Buffer.alloc(koffi.sizeof(sockaddrIn6))
  octets.writeUInt16LE(10, koffi.offsetof(sockaddrIn6, 'family'))
  octets.writeUInt16BE(port, koffi.offsetof(sockaddrIn6, 'port'))
  const at = koffi.offsetof(sockaddrIn6, 'address')
  for (const [i, word] of [V6.hi, V6.lo, V6.hostHi, V6.hostLo].entries()) octets.writeUInt32BE(word, at + 4 * i)
  return octets
}

describe.each([
  ['where it lies', undefined],
  ['at the top of user space', () => 2 ** 47 - 2 ** 20],
  // The first two names lie below.
  ['across 4 GiB', () => 2 ** 32 - 864],
] as const)('MessageBatch %s', (_where, addressOf) => {
  it('headers for recvmmsg: each with its name, one vector and room for one datagram', () => {
    const { batch, header } = laidOut(addressOf)
    expect(batch.arriving.length).toBe(COUNT * koffi.sizeof(mmsghdr))
    for (const i of numbers) {
      expect(header(batch.arriving, i)).toMatchObject({
        nameLength: koffi.sizeof(sockaddrIn6),
        vectors: 1n,
        control: 0n,
        controlLength: 0n,
        octets: batch.inbox[i]!.byteOffset,
        room: DATAGRAM_OCTETS,
      })
    }
  })

  it('a reply leaves from its outbox, to the name of the datagram that it answers', () => {
    const { batch, view, header } = laidOut(addressOf)
    const asked = header(batch.arriving, 3)
    view.setUint32(asked.nameLengthAt, 16, true)
    batch.reply(1, 3, 77)
    expect(header(batch.leaving[1]!)).toMatchObject({
      at: header(batch.leaving[0]!, 1).at,
      name: asked.name,
      nameLength: 16,
      vectors: 1n,
      control: 0n,
      controlLength: 0n,
      octets: batch.outbox[1]!.byteOffset,
      room: 77,
    })
    expect(batch.leaving[1]!.length).toBe((COUNT - 1) * koffi.sizeof(mmsghdr))
  })

  it('nothing lies upon another, and all is aligned', () => {
    const { batch, memory, header } = laidOut(addressOf)
    const parts = numbers.flatMap(i => {
      const [arriving, leaving] = [header(batch.arriving, i), header(batch.leaving[i]!)]
      return [
        { at: arriving.at, octets: koffi.sizeof(mmsghdr) },
        { at: leaving.at, octets: koffi.sizeof(mmsghdr) },
        { at: arriving.name, octets: koffi.sizeof(sockaddrIn6) },
        { at: arriving.vector, octets: koffi.sizeof(iovec) },
        { at: leaving.vector, octets: koffi.sizeof(iovec) },
        { at: arriving.octets, octets: DATAGRAM_OCTETS },
        { at: leaving.octets, octets: DATAGRAM_OCTETS },
      ]
    })
    parts.sort((a, b) => a.at - b.at)
    parts.forEach(({ at, octets }, i) => {
      expect(at % 8).toBe(0)
      expect(at + octets).toBeLessThanOrEqual(parts[i + 1]?.at ?? memory.byteLength)
    })
    expect(parts).toHaveLength(7 * COUNT)
  })
})

describe('what the kernel wrote', () => {
  it('lengths of datagrams', () => {
    const { batch, view, header } = laidOut()
    for (const i of numbers) view.setUint32(header(batch.arriving, i).movedAt, 1000 + i, true)
    expect(numbers.map(i => batch.length(i))).toEqual([1000, 1001, 1002, 1003, 1004])
  })

  it.each([
    ['IPv4', nameV4, V4],
    ['IPv6', nameV6, V6],
  ] as const)('senders of %s; port 0 is nobody', (_family, name, words) => {
    const { batch, memory, header } = laidOut()
    const peer = newPeer()
    for (const [i, port] of [53, 256, 255, 65535, 0].entries()) {
      Buffer.from(memory).set(name(port), header(batch.arriving, i).name)
      expect(batch.readSender(i, peer)).toBe(port !== 0)
      if (port !== 0) expect(peer).toEqual({ ...words, port })
    }
  })

  it('over the room for names is made good before the next batch', () => {
    const { batch, view, header } = laidOut()
    for (const i of numbers) view.setUint32(header(batch.arriving, i).nameLengthAt, 16, true)
    batch.clear(3)
    expect(numbers.map(i => header(batch.arriving, i).nameLength)).toEqual([28, 28, 28, 16, 16])
  })
})

it('the memory does not move, however much is collected around it', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const { batch } = laidOut()
  const where = (): bigint[] => [batch.arriving, ...batch.leaving, ...batch.inbox, ...batch.outbox].map(koffi.address)
  const before = where()
  for (let i = 0; i < 20; i++) {
    Array.from({ length: 1000 }, () => new Uint8Array(4096))
    gc()
  }
  expect(where()).toEqual(before)
})
