import { describe, expect, it } from 'vitest'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { planUdp, type UdpWishes } from '../../src/worker/udp-plan.ts'

const LOCAL = { lo: [{ address: '127.0.0.1' }], eth0: [{ address: '192.0.2.53' }] }
const wishes = (more: Partial<UdpWishes>): UdpWishes => ({
  transport: 'dgram',
  addresses: [{ address: '127.0.0.1', port: 53 }],
  interfaces: [],
  workers: 'auto',
  freebind: false,
  cores: 4,
  ...more,
})
const plan = (more: Partial<UdpWishes>) => planUdp(wishes(more), LOCAL)

describe.skipIf(loadLibc().kind === 'absent')('batched UDP', () => {
  it('is taken where it can be had: a worker less than cores, at least one, or as many as are wished for', () => {
    expect(plan({ transport: 'auto' })).toMatchObject({ transport: 'batch', queryWorkers: 3, shortfalls: [] })
    expect(plan({ transport: 'auto', cores: 1 })).toMatchObject({ queryWorkers: 1 })
    expect(plan({ transport: 'batch', workers: 8 })).toMatchObject({ transport: 'batch', queryWorkers: 8 })
  })
})

describe('node:dgram', () => {
  it('cannot bind what is not there, and says so to who wished for it', () => {
    expect(plan({ freebind: true }).shortfalls).toEqual([
      expect.stringMatching(/^listen.freebind: node:dgram binds no/),
    ])
  })

  it('has one worker, and says so to who wished for more', () => {
    expect(plan({})).toMatchObject({ transport: 'dgram', queryWorkers: 1, shortfalls: [] })
    expect(plan({ workers: 2 }).shortfalls).toEqual([
      expect.stringMatching(/^workers: 2: node:dgram shares no UDP port/),
    ])
  })
})

describe('addresses', () => {
  it('wildcards become those of the machine', () => {
    const { addresses } = plan({ addresses: [{ address: '0.0.0.0', port: 53 }] })
    expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '192.0.2.53'])
  })

  it('a family that the machine has no address of is told; with nothing left there is no start', () => {
    const both = plan({ addresses: ['0.0.0.0', '::'].map(address => ({ address, port: 53 })) })
    expect(both.addresses).toHaveLength(2)
    expect(both.shortfalls).toEqual(['udp [::]:53: this machine has no address of that family'])
    expect(() => plan({ addresses: [{ address: '::', port: 53 }] })).toThrow(/^nowhere to listen: udp \[::\]:53/)
  })
})
