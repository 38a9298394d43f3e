import { afterAll, describe, expect, it } from 'vitest'
import { parseAddress } from '../../../../src/base/ip.ts'
import { BpfError, createSocketMap, loadXdpProgram } from '../../../../src/listen/linux/xdp/bpf.ts'
import { redirectProgram } from '../../../../src/listen/linux/xdp/program.ts'
import { mayUseXdp } from '../../../fixture/wire.ts'
import { libc } from '../../udp-transports.ts'
import { frameOf, OUR_MAC, type Packet, THEIR_MAC } from './packets.ts'

const LONGEST = 1792
const ENDPOINTS = ['198.51.100.53 53', '198.51.100.54 5353', '2001:db8:53::53 53', '2001:db8:53::54 53'].map(text => {
  const [address = '', port] = text.split(' ')
  return { address: parseAddress(address)!, port: Number(port) }
})
const V4: Packet = {
  ...{ from: '192.0.2.1', to: '198.51.100.53', fromPort: 4711, toPort: 53 },
  payload: Uint8Array.from({ length: 30 }, (_, i) => i),
}
const V6: Packet = { ...V4, from: '2001:db8::1', to: '2001:db8:53::53' }

/** Where no socket stands, the program says DROP here, so that "taken" differs from "passed". */
const TAKEN = 1
const PASSED = 2
const PROG_TEST_RUN = 10

describe.skipIf(!mayUseXdp())('the XDP program, run by the kernel,', () => {
  const map = mayUseXdp() ? createSocketMap(libc!, 1) : -1
  const code = redirectProgram({ map, mac: OUR_MAC, longestFrame: LONGEST, endpoints: ENDPOINTS, unserved: TAKEN })
  const program = mayUseXdp() ? loadXdpProgram(libc!, 'test', code) : -1
  afterAll(() => {
    for (const fd of [map, program]) if (fd >= 0) libc!.close(fd)
  })

  /** What the program says of a frame. */
  function verdict(frame: Uint8Array): number {
    const view = new DataView(new ArrayBuffer(80))
    view.setUint32(0, program, true)
    view.setUint32(8, frame.length, true)
    view.setBigUint64(16, BigInt(libc!.addressOf(frame)), true)
    view.setUint32(32, 1, true)
    if (libc!.bpf(PROG_TEST_RUN, new Uint8Array(view.buffer), 80) < 0) throw new Error(libc!.errorName(libc!.errno()))
    return view.getUint32(4, true)
  }
  const changed = (packet: Packet, at: number, ...octets: number[]): Uint8Array => {
    const frame = frameOf(packet)
    frame.set(octets, at)
    return frame
  }

  it.each([V4, { ...V4, to: '198.51.100.54', toPort: 5353 }, V6, { ...V6, to: '2001:db8:53::54' }])(
    'takes what is for an address and port that is listened on: $to $toPort',
    packet => expect(verdict(frameOf(packet))).toBe(TAKEN),
  )

  it('takes the longest frame that fits, and none that is an octet longer', () => {
    for (const [packet, around] of [
      [V4, 42],
      [V6, 62],
    ] as const) {
      const long = (octets: number) => frameOf({ ...packet, payload: new Uint8Array(octets - around) })
      expect(verdict(long(LONGEST))).toBe(TAKEN)
      expect(verdict(long(LONGEST + 1))).toBe(PASSED)
    }
  })

  it.each<[string, Uint8Array]>([
    ['another port', frameOf({ ...V4, toPort: 54 })],
    ['the port of another address', frameOf({ ...V4, toPort: 5353 })],
    ['another address', frameOf({ ...V4, to: '198.51.100.55' })],
    ['another IPv6 address', frameOf({ ...V6, to: '2001:db8:53::55' })],
    ['an IPv6 address that differs at its beginning', frameOf({ ...V6, to: '2002:db8:53::53' })],
    ['another IPv6 port', frameOf({ ...V6, toPort: 54 })],
    ['another station', frameOf({ ...V4, toMac: THEIR_MAC })],
    ['a station whose address ends as ours', frameOf({ ...V4, toMac: OUR_MAC.with(0, 4) })],
    ['a station whose address begins as ours', frameOf({ ...V4, toMac: OUR_MAC.with(5, 4) })],
    ['all stations', frameOf({ ...V4, toMac: new Uint8Array(6).fill(0xff) })],
    ['a group of stations that asks', frameOf({ ...V4, fromMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 1) })],
    ['ARP', changed(V4, 12, 0x08, 0x06)],
    ['a VLAN tag', changed(V4, 12, 0x81, 0x00)],
    ['IPv4 with options', changed(V4, 14, 0x46)],
    ['the first of fragments', changed(V4, 20, 0x20, 0)],
    ['a later fragment', changed(V4, 20, 0x00, 0x10)],
    ['TCP', changed(V4, 23, 6)],
    ['IPv4 that says to be longer than the frame', changed(V4, 16, 0x01, 0x00)],
    ['IPv6 that says to be longer than the frame', changed(V6, 18, 0x01, 0x00)],
    ['IPv6 of another version', changed(V6, 14, 0x50)],
    ['IPv6 with a hop-by-hop header', changed(V6, 20, 0)],
    ['a fragment of IPv6', changed(V6, 20, 44)],
    ['0.0.0.0 that asks', frameOf({ ...V4, from: '0.0.0.0' })],
    ['127.0.0.1 that asks', frameOf({ ...V4, from: '127.0.0.1' })],
    ['a multicast address that asks', frameOf({ ...V4, from: '224.0.0.251' })],
    ['255.255.255.255 that asks', frameOf({ ...V4, from: '255.255.255.255' })],
    ['one that pretends to be us', frameOf({ ...V4, from: V4.to })],
    ['an IPv6 multicast address that asks', frameOf({ ...V6, from: 'ff02::fb' })],
    ['::1 that asks', frameOf({ ...V6, from: '::1' })],
    ['nothing but Ethernet', frameOf(V4).slice(0, 14)],
    ['IPv4 without a whole UDP header', frameOf(V4).slice(0, 41)],
    ['IPv6 without a whole UDP header', frameOf(V6).slice(0, 61)],
  ])('passes %s', (_, frame) => expect(verdict(frame)).toBe(PASSED))

  it('leaves everything to the kernel while no socket stands at the queue', () => {
    const real = loadXdpProgram(
      libc!,
      'test',
      redirectProgram({ map, mac: OUR_MAC, longestFrame: LONGEST, endpoints: ENDPOINTS }),
    )
    const frame = frameOf(V4)
    const view = new DataView(new ArrayBuffer(80))
    view.setUint32(0, real, true)
    view.setUint32(8, frame.length, true)
    view.setBigUint64(16, BigInt(libc!.addressOf(frame)), true)
    view.setUint32(32, 1, true)
    expect(libc!.bpf(PROG_TEST_RUN, new Uint8Array(view.buffer), 80)).toBe(0)
    libc!.close(real)
    expect(view.getUint32(4, true)).toBe(PASSED)
  })

  it('is as good with a thousand addresses', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      address: Uint8Array.of(10, 0, i >>> 8, i & 255),
      port: 53,
    }))
    libc!.close(
      loadXdpProgram(libc!, 'test', redirectProgram({ map, mac: OUR_MAC, longestFrame: LONGEST, endpoints: many })),
    )
  })

  it('tells what the verifier has against a bad one', () => {
    // r0 = r9; exit: r9 was never written.
    const bad = Uint8Array.of(0xbf, 0x90, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0)
    expect(() => loadXdpProgram(libc!, 'bad', bad)).toThrow(BpfError)
    expect(() => loadXdpProgram(libc!, 'bad', bad)).toThrow(
      /^the kernel takes no XDP program \(EACCES\): [\s\S]*R9 !read_ok/,
    )
  })
})
