import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { buildQuery, ecsOption, type OptionSpec, optionOf, parseMessage } from '../fixture/message.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { overTcp, overUdp } from '../fixture/raw-exchange.ts'
import { missing } from '../fixture/tools.ts'
import { type Resolver, startUnbound } from '../fixture/unbound.ts'
import { blockOf } from '../rfc/client-subnet.ts'

const PAGE = readFileSync(join(REPOSITORY, 'docs/ecs.md'), 'utf8')
/** The overrides that the page shows; every test here goes by them. */
const OVERRIDES = /```yaml\n([\s\S]*?)```/.exec(PAGE)![1]!
const CDN = 'a1105.kingcdn.com'

let folder = ''
let tlsPort = 0
let server: Nameserver
let deaf: Nameserver

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ecs-'))
  const overrides = join(folder, 'overrides.yaml')
  writeFileSync(overrides, OVERRIDES)
  const edit = (config: Record<string, unknown>) => {
    config.geo = { ...(config.geo as object), overrides }
  }
  tlsPort = await freePort()
  server = await startNameserver({
    edit: config => {
      edit(config)
      config.tls = { listen: [`127.0.0.1:${tlsPort}`], ...makeCertificate(folder, 'ns1.test') }
    },
  })
  deaf = await startNameserver({
    edit: config => {
      edit(config)
      config.ecs = { enabled: false }
    },
  })
}, 90_000)
afterAll(async () => {
  await discard(server)
  await discard(deaf)
  rmSync(folder, { recursive: true, force: true })
})

/** What the named counters of all workers grew by while `act` ran. */
async function counting(act: () => Promise<unknown>) {
  const sums = async () => {
    const { workers } = await server.status()
    const sum = (key: 'queriesUdp' | 'ecsQueries' | 'ecsUnroutable' | 'formErr') =>
      workers.reduce((total, worker) => total + (worker.counters?.scalars[key] ?? 0), 0)
    return [sum('queriesUdp'), sum('ecsQueries'), sum('ecsUnroutable'), sum('formErr')] as const
  }
  const before = await sums()
  await act()
  const after = await sums()
  const [queriesUdp, ecsQueries, ecsUnroutable, formErr] = after.map((sum, i) => sum - before[i]!)
  return { queriesUdp, ecsQueries, ecsUnroutable, formErr }
}

async function kdig(...args: string[]) {
  const port = args.includes('+tls') ? tlsPort : server.dnsPort
  const fixed = ['@127.0.0.1', '-p', String(port), '+retry=0', '+time=3', '+nocookie']
  const { stdout } = await promisify(execFile)('kdig', [...fixed, ...args])
  return {
    status: /status: (\w+)/.exec(stdout)?.[1],
    subnet: /CLIENT-SUBNET: (\S+)/.exec(stdout)?.[1] ?? null,
    addresses: [...stdout.matchAll(/^\S+\s+\d+\s+IN\s+(?:A|AAAA)\s+(\S+)$/gm)].map(match => match[1]!).sort(),
  }
}

describe.skipIf(missing('dig', 'kdig'))('the running program, asked by dig and kdig', () => {
  it.each([
    ['1.2.0.0/24', 'cdg-orange', 23],
    ['1.2.2.0/24', 'cdg-orange', 24],
    ['1.2.3.0/24', 'lhr-ix', 24],
    ['1.2.4.0/24', 'cdg-orange', 22],
    ['1.2.15.0/24', 'cdg-orange', 21],
    ['2400:0:1200::/56', 'nrt-ix', 40],
  ])(
    '%s gets %s with scope %i, from both tools, for A and AAAA, over UDP, TCP and TLS',
    async (subnet, cluster, scope) => {
      for (const type of ['A', 'AAAA']) {
        const reply = await server.dig(CDN, type, `+subnet=${subnet}`)
        expect(reply.subnet).toBe(`${subnet}/${scope}`)
        expect(clusterOf(rdataOf(reply, type))).toBe(cluster)
        for (const transport of ['+notcp', '+tcp', '+tls']) {
          const other = await kdig(CDN, type, `+subnet=${subnet}`, transport)
          expect([other.status, other.subnet, other.addresses]).toEqual(['NOERROR', reply.subnet, rdataOf(reply, type)])
        }
      }
    },
  )

  it('every SOURCE comes back as it was sent', async () => {
    for (const length of [1, 7, 8, 9, 15, 16, 17, 20, 23, 24, 25, 31, 32]) {
      const { subnet, status } = await server.dig(CDN, 'A', `+subnet=255.255.255.255/${length}`)
      expect(status).toBe('NOERROR')
      expect(subnet!.split('/').slice(0, 2).join('/')).toBe(blockOf('255.255.255.255', length))
    }
    for (const length of [1, 32, 47, 48, 55, 56, 57, 64, 96, 127, 128])
      expect((await kdig(CDN, 'AAAA', `+subnet=2400:1:2:3:4:5:6:7/${length}`)).subnet).toMatch(
        new RegExp(`^[0-9a-f:]+/${length}/\\d+$`),
      )
  })

  it.each(['0.0.0.0/0', '::/0', '0'])('no subnet, please (%s): answered, scope 0', async subnet => {
    const reply = await server.dig(CDN, 'A', `+subnet=${subnet}`)
    expect([reply.status, reply.scope]).toEqual(['NOERROR', 0])
    expect(rdataOf(reply, 'A')).toEqual(rdataOf(await server.dig(CDN, 'A'), 'A'))
  })

  it.each([
    ['SOA', 'kingcdn.com', 'SOA', 'NOERROR'],
    ['NS', 'netcinema.com', 'NS', 'NOERROR'],
    ['static address', 'www.netcinema.com', 'A', 'NOERROR'],
    ['content hostname', 'video.netcinema.com', 'A', 'NOERROR'],
    ['static data of a CDN name', CDN, 'TXT', 'NOERROR'],
    ['NODATA at a CDN name', CDN, 'MX', 'NOERROR'],
    ['HTTPS at a CDN name', CDN, 'HTTPS', 'NOERROR'],
    ['ANY', CDN, 'ANY', 'NOERROR'],
    ['NXDOMAIN', 'nope.kingcdn.com', 'A', 'NXDOMAIN'],
    ['referral', 'www.partners.netcinema.com', 'A', 'NOERROR'],
    ['wildcard', 'x.preview.netcinema.com', 'A', 'NOERROR'],
    ['not ours', 'example.org', 'A', 'REFUSED'],
  ])('%s: the option with scope 0 over UDP and TCP; none where none was sent', async (_, name, type, status) => {
    for (const transport of ['+notcp', '+tcp']) {
      const reply = await server.dig(name, type, '+subnet=1.2.3.0/24', transport)
      expect([reply.status, reply.subnet]).toEqual([status, '1.2.3.0/24/0'])
      expect((await server.dig(name, type, transport)).subnet).toBeNull()
    }
    expect((await kdig(name, type, '+subnet=1.2.3.0/24')).subnet).toBe('1.2.3.0/24/0')
  })

  it("a private address: the resolver's own decides, the scope covers the private block, and it is counted", async () => {
    const grown = await counting(async () => {
      const reply = await server.dig(CDN, 'A', '+subnet=10.1.2.0/24')
      expect(reply.subnet).toBe('10.1.2.0/24/8')
      expect(rdataOf(reply, 'A')).toEqual(rdataOf(await server.dig(CDN, 'A'), 'A'))
    })
    expect(grown).toEqual({ queriesUdp: 2, ecsQueries: 1, ecsUnroutable: 1, formErr: 0 })
  })

  it('with `ecs: { enabled: false }` the option is not echoed, and every client gets what the resolver gets', async () => {
    for (const name of [CDN, 'www.netcinema.com', 'nope.kingcdn.com', 'example.org']) {
      const reply = await deaf.dig(name, 'A', '+subnet=1.2.3.0/24')
      expect([reply.edns, reply.subnet]).toEqual([true, null])
      expect(reply.answer).toEqual((await deaf.dig(name, 'A')).answer)
    }
  })
})

describe('the running program, asked with raw packets', () => {
  const ask = async (options: readonly OptionSpec[], name: string, exchange: typeof overUdp, to = server) =>
    parseMessage(await exchange(to.dnsPort, buildQuery({ name, edns: { options } })))

  it.each([
    ['UDP', overUdp],
    ['TCP', overTcp],
  ] as const)(
    'over %s: malformed options are FORMERR without the option; lawful ones are echoed exactly',
    async (_, over) => {
      const bad = [
        ecsOption(3, 24, [1, 2, 3]),
        ecsOption(0, 24, [1, 2, 3]),
        ecsOption(1, 33, [1, 2, 3, 4, 0]),
        ecsOption(2, 129, new Array<number>(17).fill(0)),
        ecsOption(1, 24, [1, 2]),
        ecsOption(1, 24, [1, 2, 3, 0]),
        ecsOption(1, 20, [1, 2, 0x1f]),
        ecsOption(1, 24, [1, 2, 3], 24),
        { code: 8, data: [0, 1, 0] },
        { code: 8, data: [] },
      ]
      for (const option of bad) {
        const message = await ask([option], CDN, over)
        expect(message).toMatchObject({ rcode: 1, aa: false, answer: [], opt: { options: [] } })
        expect(await ask([option], CDN, over, deaf)).toMatchObject({ rcode: 0, aa: true, opt: { options: [] } })
      }
      const twice = [ecsOption(1, 24, [1, 2, 3]), ecsOption(1, 24, [1, 2, 3])]
      expect(await ask(twice, CDN, over)).toMatchObject({ rcode: 1, answer: [], opt: { options: [] } })
      for (const option of [
        ecsOption(1, 20, [1, 2, 0xf0]),
        ecsOption(2, 56, [0x24, 0, 0, 0, 0x12, 0, 1]),
        ecsOption(0, 0, []),
      ]) {
        const echo = optionOf(await ask([option], CDN, over), 8)!
        expect([...echo.with(3, 0)]).toEqual([...option.data])
      }
    },
  )

  it('a rejected option is counted as FORMERR, not as a query with ECS', async () => {
    const grown = await counting(() => ask([ecsOption(3, 24, [1, 2, 3])], CDN, overUdp))
    expect(grown).toEqual({ queriesUdp: 1, ecsQueries: 0, ecsUnroutable: 0, formErr: 1 })
  })

  it('a walk of 1.2.0/19 in steps of /24: the scopes tile it without overlap', async () => {
    const tiles = new Map<string, Set<number>>()
    for (let leaf = 0; leaf < 32; leaf++) {
      const query = buildQuery({ name: CDN, type: RrType.A, edns: { options: [ecsOption(1, 24, [1, 2, leaf])] } })
      const scope = optionOf(parseMessage(await overUdp(server.dnsPort, query)), 8)![3]!
      const tile = `${leaf & ~(2 ** (24 - scope) - 1)}/${scope}`
      tiles.set(tile, (tiles.get(tile) ?? new Set()).add(leaf))
    }
    for (const [tile, leaves] of tiles) {
      const length = Number(tile.split('/')[1])
      // The half beside the override belongs to a block that may reach beyond it.
      if (length >= 20) expect([tile, leaves.size]).toEqual([tile, 2 ** (24 - length)])
    }
    expect([...tiles.keys()].slice(0, 5)).toEqual(['0/23', '2/24', '3/24', '4/22', '8/21'])
  })
})

describe.skipIf(missing('dig', 'unbound'))('unbound, a resolver that sends client subnets and caches by scope', () => {
  let resolver: Resolver
  beforeAll(async () => {
    resolver = await startUnbound(server.dnsPort, ['kingcdn.com', 'netcinema.com'])
  })
  afterAll(() => resolver?.stop())

  const ask = async (subnet: string, type = 'A') => {
    const reply = await resolver.ask(CDN, type, `+subnet=${subnet}`)
    expect(reply.status).toBe('NOERROR')
    return clusterOf(rdataOf(reply, type))
  }

  it('two clients of one scope: the second is answered from its cache; of two scopes: each by us', async () => {
    expect(await ask('1.2.8.0/24')).toBe('cdg-orange')
    const same = await counting(async () => expect(await ask('1.2.15.0/24')).toBe('cdg-orange'))
    expect(same).toMatchObject({ queriesUdp: 0, ecsQueries: 0 })
    const other = await counting(async () => expect(await ask('1.2.3.0/24')).toBe('lhr-ix'))
    expect(other).toMatchObject({ queriesUdp: 1, ecsQueries: 1 })
    // The exception does not spread to its neighbour, nor the neighbour's answer to the exception.
    const neighbour = await counting(async () => expect(await ask('1.2.2.0/24')).toBe('cdg-orange'))
    expect(neighbour).toMatchObject({ queriesUdp: 1 })
    const again = await counting(async () => {
      expect(await ask('1.2.3.0/24')).toBe('lhr-ix')
      expect(await ask('1.2.2.0/24')).toBe('cdg-orange')
      expect(await ask('1.2.9.0/24')).toBe('cdg-orange')
    })
    expect(again).toMatchObject({ queriesUdp: 0 })
  })

  it('the same for IPv6 clients', async () => {
    expect(await ask('2400:0:1200::/56', 'AAAA')).toBe('nrt-ix')
    const same = await counting(async () => expect(await ask('2400:0:12ff:ff00::/56', 'AAAA')).toBe('nrt-ix'))
    expect(same).toMatchObject({ queriesUdp: 0 })
  })

  it('what is the same for everyone is asked once for each family', async () => {
    const names = ['www.netcinema.com', 'nope.kingcdn.com']
    const each = async (subnets: readonly string[]) => {
      for (const name of names)
        for (const subnet of subnets)
          expect((await resolver.ask(name, 'AAAA', `+subnet=${subnet}`)).subnet).toBe(`${subnet}/0`)
    }
    const first = await counting(() => each(['1.2.3.0/24', '2400:0:1200::/56']))
    expect(first.queriesUdp).toBeGreaterThan(0)
    const others = await counting(() => each(['1.2.4.0/24', '81.1.2.0/24', '10.1.2.0/24', '2a00:0:1200::/56']))
    expect(others).toMatchObject({ queriesUdp: 0 })
  })
})

describe.skipIf(missing('dig'))('docs/ecs.md', () => {
  it('every command prints what the page shows', async () => {
    const steps = stepsOf(PAGE)
    expect(steps.length).toBeGreaterThanOrEqual(8)
    for (const step of steps) await follow(server, step, { 5301: deaf.dnsPort })
  }, 60_000)
})
