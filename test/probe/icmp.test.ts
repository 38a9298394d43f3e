import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPingSocket } from '../../src/listen/linux/ping-socket.ts'
import { openIcmp } from '../../src/probe/icmp-probe.ts'
import { canOpenNetwork, type Network, openNetwork } from '../fixture/network.ts'

const PING = join(import.meta.dirname, 'fixture/ping.ts')
const canMakeNetworks = canOpenNetwork()

describe.skipIf(!canMakeNetworks)('ICMP', () => {
  let network: Network
  beforeAll(async () => {
    network = await openNetwork(['10.53.0.1', 'fd53::1'])
  })
  afterAll(() => network?.stop())

  const allow = (groups: string) => network.run('sh', ['-c', `echo '${groups}' > /proc/sys/net/ipv4/ping_group_range`])
  const ping = async (...addresses: string[]) => {
    const { text } = await network.run(process.execPath, ['--import', 'tsx', PING, ...addresses])
    return JSON.parse(text.trim().split('\n').at(-1)!) as { fault: string | null; answered: boolean[] }
  }

  it('is answered by IPv4 and IPv6 where the system allows it, and not by who is not there', async () => {
    await allow('0 2147483647')
    expect(await ping('10.53.0.1', 'fd53::1', '127.0.0.1', '10.53.0.2')).toEqual({
      fault: null,
      answered: [true, true, true, false],
    })
  })

  it('says which setting forbids it, and answers nothing', async () => {
    await allow('1 0')
    expect(await ping('10.53.0.1')).toEqual({
      fault: 'ICMP is not allowed to this group: see net.ipv4.ping_group_range (sysctl)',
      answered: [false],
    })
  })
})

it('where it cannot be had it is named, and every probe is silence', async () => {
  const { method, fault, close } = openIcmp(() => {
    throw new Error('no such thing here')
  })
  expect(fault).toBe('no such thing here')
  expect(await method.ask({ address: '127.0.0.1', port: 53 }, 100)).toBeNull()
  close()
})

it('opening a socket gives one or says why not', () => {
  try {
    expect(openPingSocket(4)).toBeGreaterThan(2)
  } catch (error) {
    expect((error as Error).message).toMatch(/^ICMP /)
  }
})
