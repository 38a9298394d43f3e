import { describe, expect, it } from 'vitest'
import { framesOf, MESSAGE } from '../../bench/harness/barrage-frames.ts'
import { clientSubnet, packed, query, unpacked } from '../../bench/harness/messages.ts'
import { newOctets } from '../../src/base/octets.ts'
import { newPeer } from '../../src/base/peer.ts'
import { UDP_IN_IPV4, UdpFrames } from '../../src/listen/linux/xdp/frame.ts'

const from = { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), address: Uint8Array.of(10, 99, 0, 1), ports: [20_000, 20_001] }
const to = { mac: Uint8Array.of(2, 0, 0, 0, 0, 2), address: Uint8Array.of(10, 99, 0, 2), port: 53 }
const messages = [
  query('www.geo.example', 1, clientSubnet([11, 22, 33])),
  query('a.geo.example', 2),
  query('video.geo.example', 3),
]

describe('queries that are offered through AF_XDP', () => {
  it('come out of a file of prepared messages as they went in', () => {
    expect(unpacked(packed(messages))).toEqual(messages)
  })

  it('are whole datagrams with right checksums, from the ports in turn', () => {
    const { octets, starts } = framesOf(messages, from, to)
    const frames = new DataView(octets.buffer)
    const inbox = newOctets(1500)
    const peer = newPeer()
    messages.forEach((message, i) => {
      const [start, end] = [starts[i]!, starts[i + 1]!]
      const codec = new UdpFrames({ dontFragment: true, ttl: 64, hopLimit: 64 })
      expect(codec.read(frames, start, end - start, peer, inbox)).toBe(message.length)
      expect(codec.udp + 8).toBe(MESSAGE)
      expect(Buffer.from(inbox.subarray(0, message.length)).equals(message)).toBe(true)
      expect(peer).toMatchObject({ family: 4, hi: 0x0a630001 })
      expect(frames.getUint16(start + UDP_IN_IPV4)).toBe(20_000 + (i % 2))
      expect(frames.getUint16(start + UDP_IN_IPV4 + 2)).toBe(53)
      expect(frames.getUint16(start + UDP_IN_IPV4 + 6)).not.toBe(0)
    })
  })
})
