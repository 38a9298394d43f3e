import { describe, expect, it } from 'vitest'
import { containsPrefix, formatPrefix, type Prefix, parsePrefix } from '../../src/base/prefix.ts'
import { SPECIAL_PURPOSE } from '../../src/base/special-purpose.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import type { ParsedMessage } from '../fixture/message.ts'
import { CITIES, cluster, place, randomOf, type WorldText } from '../route/fixture.ts'
import { Draw, within } from '../route/random-world.ts'
import { answersOf, asked, LEAF, scopeOf, shorten } from './client-subnet.ts'
import { openTailored } from './tailored-world.ts'

const SEED = 78_711_003

describe('RFC 7871 sections 10 and 11.3: an address in a special-purpose block locates nobody', () => {
  const clusters = [cluster('icn', 'seoul'), cluster('lhr', 'london')]
  const text: WorldText = {
    clusters,
    places: [place('seoul'), place('london')],
    city: { '1.0.0.0/8': 1, '2400::/12': 1, '81.0.0.0/8': 2, '2a00::/12': 2 },
  }
  const world = openTailored(text)
  const owner = (message: ParsedMessage) =>
    clusters.find(({ servers }) => servers.some(({ ipv4 }) => answersOf(message).includes(ipv4!)))!.id
  const ask = (prefix: Prefix, from: string, where = world) => asked(where, 'vod.cdn.example', RrType.A, prefix, from)
  const draw = new Draw(randomOf(SEED))

  it.each(SPECIAL_PURPOSE.map(block => [formatPrefix(block), block] as const))(
    "%s: the resolver's address decides; the scope covers the block and nothing that is routed",
    (_, block) => {
      for (let i = 0; i < 40; i++) {
        const client = within(draw, block, LEAF[block.family])
        const [seoul, london] = [ask(client, '1.2.3.4'), ask(client, '81.2.3.4')]
        expect([owner(seoul), owner(london)]).toEqual(['icn', 'lhr'])
        expect(owner(ask(client, '2a00::1'))).toBe('lhr')
        expect(scopeOf(london)).toBe(scopeOf(seoul))
        // Neighbouring special blocks may be covered together, as 224/4 and 240/4 are by 224/3.
        // IPv4-mapped addresses lie in ::/3, so its scopes may be cut around them.
        if (formatPrefix(block) !== '::/3') expect(scopeOf(seoul)).toBeLessThanOrEqual(block.length)
        const covered = shorten(client, scopeOf(seoul))
        expect(SPECIAL_PURPOSE.some(other => other.family === block.family && overlaps(other, covered))).toBe(true)
        const far = within(draw, covered, LEAF[block.family])
        expect(SPECIAL_PURPOSE.some(other => containsPrefix(other, far))).toBe(true)
      }
    },
  )

  const overlaps = (a: Prefix, b: Prefix) => containsPrefix(a, b) || containsPrefix(b, a)

  it("the RFC's example: 10.1.2.0/24 has scope 8", () => {
    const message = ask(parsePrefix('10.1.2.0/24')!, '81.2.3.4')
    expect([owner(message), scopeOf(message)]).toEqual(['lhr', 8])
  })

  it.each([
    ['100.64.1.0/24', 10],
    ['127.0.0.0/24', 8],
    ['169.254.7.0/24', 16],
    ['172.16.9.0/24', 12],
    ['172.31.255.0/24', 12],
    ['192.168.1.0/24', 16],
    ['198.19.0.0/24', 15],
    ['0.1.2.0/24', 8],
    ['203.0.113.0/24', 24],
    ['fd00:1:2:300::/56', 1],
    ['fe80::/56', 1],
    ['2001:db8:1:200::/56', 32],
  ])('%s has scope %i', (prefix, scope) => {
    expect(scopeOf(ask(parsePrefix(prefix)!, '81.2.3.4'))).toBe(scope)
  })

  it('the neighbours of a special block are routed, with a scope that does not reach into it', () => {
    for (const block of SPECIAL_PURPOSE) {
      const leaf = LEAF[block.family]
      for (const edge of [before(block, leaf), after(block, leaf)]) {
        if (edge === null || SPECIAL_PURPOSE.some(other => containsPrefix(other, edge))) continue
        const covered = shorten(edge, scopeOf(ask(edge, '81.2.3.4')))
        expect(overlaps(block, covered), `${formatPrefix(covered)} beside ${formatPrefix(block)}`).toBe(false)
      }
    }
  })

  it('private networks are customers too: what an override, an announced prefix or a measurement covers is located', () => {
    const overrides = [{ prefix: parsePrefix('10.7.0.0/16')!, place: CITIES.seoul }]
    const there = openTailored({ ...text, overrides })
    const inside = ask(parsePrefix('10.7.1.0/24')!, '81.2.3.4', there)
    expect([owner(inside), scopeOf(inside)]).toEqual(['icn', 16])
    const beside = ask(parsePrefix('10.6.1.0/24')!, '81.2.3.4', there)
    expect([owner(beside), scopeOf(beside)]).toEqual(['lhr', 16])
    expect(scopeOf(ask(parsePrefix('10.200.1.0/24')!, '81.2.3.4', there))).toBe(9)
  })

  /** The leaf before and behind a block; null at the end of the address space. */
  function before(block: Prefix, length: number): Prefix | null {
    return step(block, length, false)
  }
  function after(block: Prefix, length: number): Prefix | null {
    return step(block, length, true)
  }
  function step(block: Prefix, length: number, up: boolean): Prefix | null {
    const bits = BigInt(block.family === 4 ? 32 : 64)
    const at = block.family === 4 ? BigInt(block.hi) : (BigInt(block.hi) << 32n) | BigInt(block.lo)
    const next = up ? at + (1n << (bits - BigInt(block.length))) : at - (1n << (bits - BigInt(length)))
    if (next < 0n || next >= 1n << bits) return null
    const [hi, lo] = block.family === 4 ? [next, 0n] : [next >> 32n, next & 0xffffffffn]
    return { family: block.family, hi: Number(hi), lo: Number(lo), length }
  }
})
