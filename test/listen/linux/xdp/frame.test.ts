import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newOctets } from '../../../../src/base/octets.ts'
import { newPeer } from '../../../../src/base/peer.ts'
import { UdpFrames } from '../../../../src/listen/linux/xdp/frame.ts'
import { wordsOf } from '../../responds.ts'
import { checksum, frameOf, OUR_MAC, type Packet, parseFrame, partialSum, THEIR_MAC } from './packets.ts'

const AT = 256
const ANSWER_AT = 4096

const QUESTION = Uint8Array.from({ length: 33 }, (_, i) => i)
const V4: Packet = { from: '192.0.2.1', to: '198.51.100.53', fromPort: 4711, toPort: 53, payload: QUESTION }
const V6: Packet = { ...V4, from: '2001:db8::1', to: '2001:db8:53::53' }
const BOTH = [
  ['IPv4', V4],
  ['IPv6', V6],
] as const

/** Reads one frame; what lies around it in memory is no part of it. */
class Bench {
  readonly codec: UdpFrames
  readonly memory = new Uint8Array(8192).fill(0xee)
  readonly view = new DataView(this.memory.buffer)
  readonly peer = newPeer()
  readonly inbox = newOctets(4096)

  constructor(dontFragment = true) {
    this.codec = new UdpFrames({ dontFragment, ttl: 61, hopLimit: 62 })
  }

  read(frame: Uint8Array): number {
    this.memory.set(frame, AT)
    return this.codec.read(this.view, AT, frame.length, this.peer, this.inbox)
  }

  answer(octets: Uint8Array): Uint8Array {
    const out = newOctets(4096)
    out.set(octets)
    const length = this.codec.write(this.view, AT, ANSWER_AT, out, octets.length)
    return this.memory.slice(ANSWER_AT, ANSWER_AT + length)
  }
}

const anyPort = fc.integer({ min: 1, max: 65535 })
const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const addresses = fc.oneof(
  fc.tuple(fc.ipV4(), fc.ipV4()),
  fc.tuple(fc.ipV6(), fc.ipV6()).filter(pair => pair.every(text => !/^[0:]*:ffff:|\./i.test(text))),
)
const anyPacket: fc.Arbitrary<Packet> = fc
  .record({
    ...{ both: addresses, fromPort: anyPort, toPort: anyPort, fromMac: anyMac, toMac: anyMac },
    payload: fc.uint8Array({ maxLength: 1472 }),
  })
  .map(({ both: [from, to], ...rest }) => ({ from, to, ...rest }))

describe('frames', () => {
  it('are read, and answered to where they came from', () => {
    fc.assert(
      fc.property(anyPacket, fc.uint8Array({ minLength: 1, maxLength: 1452 }), (packet, answer) => {
        const bench = new Bench()
        const frame = frameOf(packet)
        expect(bench.read(frame)).toBe(packet.payload.length)
        expect(bench.inbox.slice(0, packet.payload.length)).toEqual(packet.payload)
        const asked = parseFrame(frame)
        expect(parseFrame(bench.answer(answer))).toEqual({
          ...{ from: asked.to, to: asked.from, fromPort: asked.toPort, toPort: asked.fromPort },
          ...{ fromMac: asked.toMac, toMac: asked.fromMac, payload: answer },
        })
      }),
    )
  })

  it('tell who sent them', () => {
    const bench = new Bench()
    bench.read(frameOf(V4))
    expect(wordsOf(bench.peer)).toBe('4 c0000201 0 0 0')
    bench.read(frameOf(V6))
    expect(wordsOf(bench.peer)).toBe('6 20010db8 0 0 1')
  })

  it('leave with DF and the TTL of the system; without DF they are numbered (RFC 6864)', () => {
    const bench = new Bench()
    bench.read(frameOf(V4))
    expect([...bench.answer(QUESTION).slice(18, 24)]).toEqual([0, 0, 0x40, 0, 61, 17])
    bench.read(frameOf(V6))
    expect(bench.answer(QUESTION)[21]).toBe(62)
    const loose = new Bench(false)
    loose.read(frameOf(V4))
    const ids = [1, 2, 3].map(() => loose.answer(QUESTION))
    expect(ids.map(frame => [...frame.slice(18, 22)])).toEqual([1, 2, 3].map(id => [0, id, 0, 0]))
  })

  it('never leave without a checksum: 0 becomes 0xffff (RFC 768)', () => {
    for (const [, packet] of BOTH) {
      const bench = new Bench()
      bench.read(frameOf(packet))
      const out = Uint8Array.of(0, 0)
      const udp = packet === V4 ? 34 : 54
      // What is still missing to a sum of 0 becomes the payload.
      const sum = bench.answer(out).slice(udp + 6, udp + 8)
      expect([...bench.answer(sum).slice(udp + 6, udp + 8)]).toEqual([0xff, 0xff])
    }
  })

  it.each(BOTH)('%s: padding behind the packet is the frame’s own', (_, packet) => {
    const bench = new Bench()
    expect(bench.read(Uint8Array.from([...frameOf({ ...packet, payload: Uint8Array.of(1) }), 0xaa, 0xbb]))).toBe(1)
  })

  it.each(BOTH)('%s: a sum of the pseudo-header alone, as virtual interfaces have it, passes', (_, packet) => {
    expect(new Bench().read(frameOf(packet, partialSum(packet)))).toBe(QUESTION.length)
  })

  it('IPv4 may come without a checksum, IPv6 may not (RFC 8200 section 8.1)', () => {
    expect(new Bench().read(frameOf(V4, 0))).toBe(QUESTION.length)
    expect(new Bench().read(frameOf(V6, 0))).toBe(-1)
  })
})

describe('refused are', () => {
  it.each(BOTH)('%s: all frames that were cut', (_, packet) => {
    const frame = frameOf(packet)
    for (let length = 0; length < frame.length; length++) expect(new Bench().read(frame.slice(0, length))).toBe(-1)
  })

  it.each(BOTH)('%s: frames with any one bit changed, but for those that are not of this datagram', (_, packet) => {
    const frame = frameOf(packet)
    const v6 = packet === V6
    for (let bit = 12 * 8; bit < frame.length * 8; bit++) {
      const at = bit >>> 3
      const bent = frame.slice()
      bent[at]! ^= 1 << (bit & 7)
      // Class, flow label and hop limit of IPv6 stand under no checksum.
      const unguarded = v6 && ((at === 14 && (bit & 7) < 4) || (at > 14 && at < 18) || at === 21)
      expect(new Bench().read(bent), `bit ${bit & 7} of octet ${at}`).toBe(unguarded ? QUESTION.length : -1)
    }
  })

  it.each(BOTH)('%s: source port 0', (_, packet) => {
    expect(new Bench().read(frameOf({ ...packet, fromPort: 0 }))).toBe(-1)
  })

  it.each([
    ['a fragment', 20, [0x20, 0]],
    ['a later fragment', 20, [0, 1]],
    ['TCP', 22, [64, 6]],
    ['options', 14, [0x46, 0]],
    ['a length less than its headers', 16, [0, 27]],
  ])('IPv4: %s, although the header checksum is right', (_, at, octets) => {
    const frame = frameOf(V4)
    frame.set([...octets, ...frame.slice(at + octets.length, at + octets.length)], at)
    frame.set([0, 0], 24)
    const sum = checksum([...frame.slice(14, 34)])
    frame.set([sum >>> 8, sum & 255], 24)
    expect(new Bench().read(frame)).toBe(-1)
  })

  it('anything at all that is no such frame, without a word', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom([8, 0], [0x86, 0xdd]), (octets, type) => {
        octets.set(type.slice(0, Math.max(0, octets.length - 12)), Math.min(12, octets.length))
        expect(new Bench().read(octets)).toBe(-1)
      }),
    )
  })

  it('the addresses of the machine have nothing to do with it', () => {
    expect(new Bench().read(frameOf({ ...V4, toMac: THEIR_MAC, fromMac: OUR_MAC }))).toBe(QUESTION.length)
  })
})
