import { describe, expect, it } from 'vitest'
import { STATE_DOWN } from '../../src/model/live-table.ts'
import type { Target } from '../../src/model/service.ts'
import { explain } from '../../src/plan/explain.ts'
import { explainTarget } from '../../src/plan/explain-target.ts'
import { type Compiled, clientOf, cluster, compile, place, randomOf, service } from '../route/fixture.ts'
import { Draw, randomClient, randomLive, randomWorld } from '../route/random-world.ts'

const TARGETS: readonly Target[] = [
  { cname: 'web.cdn.example.', weight: 3, countries: ['KR', 'JP'] },
  { cname: 'netcinema.othercdn.net.', weight: 1 },
  { cname: 'paused.othercdn.net.', weight: 0 },
]

const world = compile({
  clusters: [cluster('near', 'seoul'), cluster('far', 'london')],
  services: [
    service('web', ['near', 'far'], {
      targets: TARGETS,
      https: { alpn: ['h2'], port: 443, noDefaultAlpn: false },
    }),
  ],
  places: [place('seoul'), place('london')],
  city: { '168.126.0.0/16': 1, '81.2.0.0/16': 2 },
})

function shared(of: Compiled, address: string) {
  const { tables, live } = of
  const input = { world: of.world, tables, live, service: 0, client: clientOf(address) }
  return explainTarget(input, 'www.netcinema.com.')
}

/** A block of Seoul whose clients get the target. */
function blockOf(target: string): string {
  for (let i = 0; i < 256; i += 16) {
    const address = `168.126.${i}.1`
    if (shared(world, address).shared.target === target) return address
  }
  throw new Error(`nobody gets ${target}`)
}

describe('explain of a shared hostname', () => {
  it('shows every target with its verdict, the block, the scope and why', () => {
    const { shared: trail, place: where } = shared(world, blockOf('web.cdn.example.'))
    expect(trail).toMatchObject({
      hostname: 'www.netcinema.com.',
      client: { source: 'ecs', scope: 20 },
      targets: [
        { target: 'web.cdn.example.', weight: 3, countries: ['KR', 'JP'], verdict: 'chosen' },
        { target: 'netcinema.othercdn.net.', weight: 1, verdict: 'outranked' },
        { target: 'paused.othercdn.net.', weight: 0, verdict: 'excluded' },
      ],
      target: 'web.cdn.example.',
      ttl: 300,
      reason: 'client in KR; by weight, 75 % of such clients',
    })
    expect(where).toMatchObject({ place: { country: 'KR' } })
  })

  it('names the country that leaves a target out, and that it is not known', () => {
    const abroad = shared(world, '81.2.3.4').shared
    expect([abroad.targets[0]!.verdict, abroad.reason]).toEqual(['excluded', 'client in GB; no other target is for it'])
    expect(shared(world, '5.6.7.8').shared.reason).toBe('country unknown; no other target is for it')
  })

  it('shows every entry of a name that has several', () => {
    const of = compile({
      ...world.world.input.deployment,
      services: [
        service('web', ['near', 'far'], {
          targets: [
            ...TARGETS,
            { cname: 'web.cdn.example.', weight: 1 },
            { cname: TARGETS[1]!.cname, weight: 0, countries: ['GB'] },
          ],
        }),
      ],
      places: [place('seoul'), place('london')],
      city: { '168.126.0.0/16': 1, '81.2.0.0/16': 2 },
    })
    const verdicts = (address: string) => shared(of, address).shared.targets.map(({ verdict }) => verdict)
    expect(verdicts('81.2.3.4')).toEqual(['excluded', 'excluded', 'excluded', 'chosen', 'excluded'])
    expect(verdicts(blockOf('web.cdn.example.'))).toEqual(['chosen', 'outranked', 'excluded', 'excluded', 'excluded'])
  })

  it('names a service that cannot serve', () => {
    const address = blockOf('web.cdn.example.')
    const live = { ...world.live, state: world.live.state.map(() => STATE_DOWN) }
    const trail = shared({ ...world, live }, address).shared
    expect([trail.target, trail.targets[0]!.verdict]).toEqual(['netcinema.othercdn.net.', 'down'])
    expect(trail.reason).toBe('client in KR; web.cdn.example. cannot serve')
  })

  it('throws when the tables say something else than the configuration', () => {
    const address = blockOf('web.cdn.example.')
    const broken = compile({ ...world.world.input.deployment, places: [place('seoul')], city: { '168.126.0.0/16': 1 } })
    const words = broken.arena.i32('route.targets.rows')
    for (let row = 0; row < words.length; row += 4) words[row] = 1 | (0xffff << 16)
    expect(() => shared(broken, address)).toThrow(/to netcinema\.othercdn\.net\., recomputed web\.cdn\.example\./)
  })

  it('an HTTPS record is explained with the addresses of both families', () => {
    const { tables, live } = world
    const input = { world: world.world, tables, live, service: 0, client: clientOf('168.126.1.1') }
    const trail = explain({ ...input, family: 'both' })
    const [four, six] = [explain({ ...input, family: 4 }), explain({ ...input, family: 6 })]
    expect([trail.type, trail.cluster]).toEqual(['HTTPS', 'near'])
    expect(trail.answers).toEqual([...four.answers, ...six.answers])
    expect(trail.client.scope).toBe(four.client.scope)
  })

  it('agrees with what is served in random worlds, whatever is down', () => {
    const seeds = randomOf(20_251_121)
    for (let i = 0; i < 4; i++) {
      const draw = new Draw(randomOf(seeds()))
      const text = randomWorld(draw)
      const targets: Target[] = [
        { cname: 's0.cdn.example.', weight: 1 + draw.below(3), countries: ['KR', 'GB'] },
        { cname: 's0.cdn.example.', weight: draw.below(3), countries: ['US', 'FR'] },
        { cname: 's0.cdn.example.', weight: draw.below(2) },
        { cname: 'a.other.net.', weight: draw.below(3), countries: ['US'] },
        { cname: 'b.other.net.', weight: 1 },
      ]
      const https = { alpn: ['h3'], port: 443, noDefaultAlpn: false }
      const each = compile({ ...text, services: text.services!.map(one => ({ ...one, targets, https })) })
      for (let j = 0; j < 12; j++) {
        randomLive(draw, each.live)
        const input = { world: each.world, tables: each.tables, live: each.live, client: randomClient(draw) }
        const number = draw.below(text.services!.length)
        explainTarget({ ...input, service: number }, 'www.')
        explain({ ...input, service: number, family: 'both' })
      }
    }
  })
})

describe('a hostname with more targets than a row has room for', () => {
  const ours = ['a', 'b', 'c', 'd', 'e']
  const five = compile({
    clusters: [cluster('only', 'seoul')],
    services: ours.map(id =>
      service(id, ['only'], {
        targets: [
          ...ours.map(name => ({ cname: `${name}.cdn.example.`, weight: 1000 })),
          { cname: 'last.othercdn.net.', weight: 1 },
        ],
      }),
    ),
    places: [place('seoul')],
    city: { '168.126.0.0/16': 1 },
  })

  it('leads to another CDN when all of ours are down', () => {
    five.live.state.fill(STATE_DOWN)
    for (let i = 0; i < 256; i += 16) expect(shared(five, `168.126.${i}.1`).shared.target).toBe('last.othercdn.net.')
  })
})
