import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { expandWildcards, type Interfaces, underWildcards } from '../../src/listen/local-addresses.ts'

const MACHINE: Interfaces = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.0.2.1' }, { address: '2001:db8::1' }, { address: 'fe80::1' }],
  eth1: [{ address: '198.51.100.7' }, { address: 'fe80::1' }, { address: 'febf::2' }],
}
const on = (port: number, ...addresses: string[]) => addresses.map(address => ({ address, port }))
const V4 = ['127.0.0.1', '192.0.2.1', '198.51.100.7']
const V6 = ['::1', '2001:db8::1', 'fe80::1%eth0', 'fe80::1%eth1', 'febf::2%eth1']

describe('expandWildcards', () => {
  it('0.0.0.0 is every IPv4 address of the machine', () => {
    expect(expandWildcards(on(53, '0.0.0.0'), MACHINE)).toEqual(on(53, ...V4))
  })

  it.each(['::', '0:0:0:0:0:0:0:0'])('%s is every IPv6 address, those of one link with their interface', wildcard => {
    expect(expandWildcards(on(53, wildcard), MACHINE)).toEqual(on(53, ...V6))
  })

  it('what is no wildcard stays, in its place', () => {
    const written = [...on(53, '203.0.113.9', '0.0.0.0', '2001:db8::99'), ...on(5353, '127.0.0.1')]
    expect(expandWildcards(written, MACHINE)).toEqual([
      ...on(53, '203.0.113.9', ...V4, '2001:db8::99'),
      ...on(5353, '127.0.0.1'),
    ])
  })

  it('an address written beside the wildcard is not doubled, before it or behind it, however it is spelt', () => {
    const written = on(53, '192.0.2.1', '0.0.0.0', '::', '2001:DB8:0::1', 'fe80:0::1%eth1')
    expect(expandWildcards(written, MACHINE)).toEqual(
      on(
        53,
        '192.0.2.1',
        '127.0.0.1',
        '198.51.100.7',
        '::1',
        'fe80::1%eth0',
        'febf::2%eth1',
        '2001:DB8:0::1',
        'fe80:0::1%eth1',
      ),
    )
  })

  it('another port is another endpoint', () => {
    const written = [...on(53, '0.0.0.0'), ...on(54, '0.0.0.0', '192.0.2.1')]
    expect(expandWildcards(written, MACHINE)).toEqual([
      ...on(53, ...V4),
      ...on(54, '127.0.0.1', '198.51.100.7', '192.0.2.1'),
    ])
  })

  it('the same wildcard twice, and an address that two interfaces have, are one', () => {
    const machine = { ...MACHINE, vip: [{ address: '192.0.2.1' }] }
    expect(expandWildcards(on(53, '0.0.0.0', '0.0.0.0'), machine)).toEqual(on(53, ...V4))
  })

  it('a family that the machine does not have comes to nothing', () => {
    expect(expandWildcards(on(53, '::', '192.0.2.1'), { lo: [{ address: '127.0.0.1' }] })).toEqual(on(53, '192.0.2.1'))
  })

  it('keeps what else is said of an endpoint', () => {
    expect(expandWildcards([{ address: '0.0.0.0', port: 853, role: 'tls' }], { lo: MACHINE.lo })).toEqual([
      { address: '127.0.0.1', port: 853, role: 'tls' },
    ])
  })

  it('what is no address is left for the bind to refuse', () => {
    expect(expandWildcards(on(53, 'eth0', ''), MACHINE)).toEqual(on(53, 'eth0', ''))
  })

  it('of this machine: loopback is among them', () => {
    expect(Object.keys(networkInterfaces())).not.toHaveLength(0)
    expect(expandWildcards(on(53, '0.0.0.0'))).toContainEqual({ address: '127.0.0.1', port: 53 })
  })
})

describe('underWildcards', () => {
  it('a wildcard covers the addresses of its family and port, and nothing else', () => {
    const written = [
      ...on(53, '192.0.2.1', '0.0.0.0', '::1', '127.0.0.1'),
      ...on(54, '127.0.0.1', '::', 'fe80::1%eth0'),
    ]
    expect(underWildcards(written)).toEqual([...on(53, '0.0.0.0', '::1'), ...on(54, '127.0.0.1', '::')])
  })
})
