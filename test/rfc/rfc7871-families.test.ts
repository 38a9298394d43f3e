import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../src/base/ip.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { cluster, place } from '../route/fixture.ts'
import { answersOf, asked, scopeOf, subnet, tailored } from './client-subnet.ts'
import { openTailored, type TailoredWorld } from './tailored-world.ts'

describe('FAMILY 2 in IPv4-only and IPv4-mapped worlds', () => {
  const clusters = [cluster('icn', 'seoul'), cluster('lhr', 'london')]
  const v4only = (['seoul', 'london'] as const).map((city, i) => {
    const made = cluster(clusters[i]!.id, city)
    return { ...made, servers: made.servers.map(({ ipv6: _, ...server }) => server) }
  })
  const places = [place('seoul'), place('london')]
  const city = { '81.0.0.0/8': 2, '1.0.0.0/8': 1, '2400::/12': 1, '2a00::/12': 2 }

  it('a service with IPv4 addresses alone is tailored for IPv6 clients, and its AAAA is NODATA with scope 0', () => {
    const world = openTailored({ clusters: v4only, places, city })
    const v6 = parsePrefix('2a00:1:2:300::/56')!
    const a = asked(world, 'vod.cdn.example', RrType.A, v6, '1.1.1.1')
    expect(v4only[1]!.servers.map(({ ipv4 }) => ipv4)).toContain(answersOf(a)[0])
    expect(scopeOf(a)).toBeGreaterThanOrEqual(12)
    expect(scopeOf(a)).toBeLessThanOrEqual(56)
    const aaaa = asked(world, 'vod.cdn.example', RrType.AAAA, v6)
    expect(aaaa).toMatchObject({ rcode: 0, aa: true, answer: [] })
    expect([aaaa.authority[0]!.type, scopeOf(aaaa)]).toEqual([RrType.SOA, 0])
  })

  it('an address of the other family never changes the family of the echo', () => {
    const world = openTailored({ clusters, places, city })
    for (const type of [RrType.A, RrType.AAAA])
      for (const [text, from] of [
        ['2a00:1:2:300::/56', '1.1.1.1'],
        ['81.1.2.0/24', '2400::1'],
      ] as const) {
        const option = subnet(text)
        const message = world.ask({ name: 'vod.cdn.example', type, edns: { options: [option] } }, { from })
        expect(message.opt!.options[0]!.data.with(3, 0)).toEqual(Uint8Array.from(option.data))
        const [first] = answersOf(message)
        expect(clusters[1]!.servers.some(({ ipv4, ipv6 }) => ipv4 === first || ipv6 === first)).toBe(true)
      }
  })

  const mapped = (text: string) => {
    const option = subnet(text)
    const data = [0, 2, 96 + option.data[2]!, 0, ...new Array<number>(10).fill(0), 255, 255, ...option.data.slice(4)]
    return { code: 8, data }
  }
  const askMapped = (world: TailoredWorld, text: string, from: string) =>
    world.ask({ name: 'vod.cdn.example', edns: { options: [mapped(text)] } }, { from })

  it('an IPv4-mapped address is answered and echoed as it came', () => {
    const world = openTailored({ clusters, places, city })
    const message = askMapped(world, '81.1.2.0/24', '1.1.1.1')
    expect(message).toMatchObject({ rcode: 0, aa: true })
    expect(message.opt!.options[0]!.data.with(3, 0)).toEqual(Uint8Array.from(mapped('81.1.2.0/24').data))
  })

  it('an IPv4-mapped address counts as the IPv4 address; its scope counts from the beginning of the IPv6 one', () => {
    const world = openTailored({ clusters, places, city })
    const plain = asked(world, 'vod.cdn.example', RrType.A, parsePrefix('81.1.2.0/24')!)
    const message = askMapped(world, '81.1.2.0/24', '1.1.1.1')
    expect(answersOf(message)).toEqual(answersOf(plain))
    expect(scopeOf(message)).toBe(96 + scopeOf(plain))
  })

  it('the scopes of other addresses in ::/3 do not cover mapped ones that are answered otherwise', () => {
    const world = openTailored({ clusters, places, city })
    const inside = tailored(askMapped(world, '81.1.2.0/24', '1.1.1.1'))
    for (const text of ['::/56', '::1/128', '64:ff9b::/56', '0:0:0:1::/64', '100::/56', '::fffe:5101:200/120']) {
      const message = world.ask({ name: 'vod.cdn.example', edns: { options: [subnet(text)] } }, { from: '1.1.1.1' })
      const [address, scope] = [parseAddress(text.split('/')[0]!)!, scopeOf(message)]
      const covers =
        scope <= 80 && address.slice(0, Math.ceil(scope / 8)).every((octet, i) => scopeBits(octet, i, scope) === 0)
      if (covers) expect(tailored(message), `${text} has scope ${scope}`).toBe(inside)
    }
  })

  /** The bits of octet `i` that lie inside the first `scope` bits of the address. */
  const scopeBits = (octet: number, i: number, scope: number): number => {
    const bits = Math.min(8, scope - 8 * i)
    return octet & (0xff00 >> bits) & 0xff
  }
})
