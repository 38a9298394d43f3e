import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { ownerOf, Share, STAY_MS } from '../../src/probe/share.ts'
import { MemoryProbing } from '../../src/store/memory-probing.ts'

const BLOCKS = Array.from({ length: 1000 }, (_, i) => `9.${i >> 8}.${i & 255}.0/24`)
const RENEW_MS = 2_000

let now: number
let store: MemoryProbing
beforeEach(() => {
  now = 1_764_000_000_000
  store = new MemoryProbing({ now: () => millis(now) })
})

class Prober {
  readonly name: string
  readonly share: Share
  reachable = true
  changes = 0
  readonly logged: string[] = []
  leadMs = 0
  constructor(name: string) {
    this.name = name
    this.share = new Share({
      prober: name,
      join: async stayMs => {
        if (!this.reachable) throw new Error('away')
        return store.joinProbers('icn-kt', name, stayMs)
      },
      leave: async () => {
        if (this.reachable) await store.leaveProbers('icn-kt', name)
      },
      changed: () => {
        this.changes++
      },
      now: () => now,
      wall: () => now + this.leadMs,
      log: (_, message) => void this.logged.push(message),
    })
  }
  probes(block: string): boolean {
    return this.share.phase === 'probing' && this.share.owns(block)
  }
}

/** Lets time pass: every prober says that it is there each two seconds, all at the same moment. */
async function pass(ms: number, probers: readonly Prober[]): Promise<void> {
  for (const end = now + ms; now < end; ) {
    now = Math.min(end, now + RENEW_MS)
    for (const { share } of probers) await share.renew()
  }
}

describe('a prober', () => {
  it('that is alone probes everything at once', async () => {
    const a = new Prober('a')
    expect(a.share.phase).toBe('cut-off')
    await a.share.renew()
    expect(BLOCKS.every(block => a.probes(block))).toBe(true)
    expect(a.changes).toBe(1)
  })

  it('that comes second waits until the first has heard of it; then each has its share', async () => {
    const [a, b] = [new Prober('a'), new Prober('b')]
    await a.share.renew()
    now += 1000
    await b.share.renew()
    expect(b.share.phase).toBe('waiting')
    await pass(STAY_MS + RENEW_MS, [a, b])
    const shares = BLOCKS.map(block => [a, b].filter(prober => prober.probes(block)).length)
    expect(new Set(shares)).toEqual(new Set([1]))
    expect(BLOCKS.filter(block => a.probes(block)).length).toBeGreaterThan(400)
    expect(BLOCKS.filter(block => b.probes(block)).length).toBeGreaterThan(400)
  })

  it('that dies is replaced within its time', async () => {
    const [a, b] = [new Prober('a'), new Prober('b')]
    await a.share.renew()
    await b.share.renew()
    await pass(STAY_MS + RENEW_MS, [a, b])
    await pass(STAY_MS + RENEW_MS, [b])
    expect(BLOCKS.every(block => b.probes(block))).toBe(true)
  })

  it('that stops is replaced at the next word', async () => {
    const [a, b] = [new Prober('a'), new Prober('b')]
    await a.share.renew()
    await b.share.renew()
    await pass(STAY_MS + RENEW_MS, [a, b])
    await a.share.stop()
    await b.share.renew()
    expect(BLOCKS.every(block => b.probes(block) && !a.probes(block))).toBe(true)
  })

  it('that cannot speak to the store stops, and says so once; when it is back it waits again if others are there', async () => {
    const [a, b] = [new Prober('a'), new Prober('b')]
    await a.share.renew()
    await b.share.renew()
    await pass(STAY_MS + RENEW_MS, [a, b])
    a.reachable = false
    await pass(STAY_MS, [a, b])
    expect(a.share.phase).toBe('cut-off')
    expect(a.logged.filter(line => line.includes('cannot be heard of'))).toHaveLength(1)
    a.reachable = true
    await a.share.renew()
    expect(a.share.phase).toBe('waiting')
    expect(a.logged.at(-1)).toMatch(/2 probers share/)
  })

  it('knows how far its clock is ahead', async () => {
    const a = new Prober('a')
    a.leadMs = 90_000
    await a.share.renew()
    expect(a.share.clockLeadMs).toBe(90_000)
  })
})

it('no block is ever probed by two, whatever dies, hangs and comes back', async () => {
  const step = fc.record({
    who: fc.nat(3),
    act: fc.constantFrom('speak', 'speak', 'cut', 'mend', 'stop'),
    ms: fc.nat(2_500),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      now += 3_600_000
      const probers = ['a', 'b', 'c', 'd'].map(name => new Prober(`${name}${now}`))
      for (const { who, act, ms } of steps) {
        const prober = probers[who]!
        now += ms
        if (act === 'speak') await prober.share.renew()
        else if (act === 'stop') await prober.share.stop()
        else prober.reachable = act === 'mend'
        for (const block of BLOCKS.slice(0, 20))
          expect(probers.filter(each => each.probes(block)).length).toBeLessThan(2)
      }
    }),
    { seed: 20261121, numRuns: 300 },
  )
})

it('one more prober takes only what becomes its own', () => {
  const before = BLOCKS.map(block => ownerOf(block, ['a', 'b']))
  const after = BLOCKS.map(block => ownerOf(block, ['a', 'b', 'c']))
  const moved = after.filter((owner, i) => owner !== before[i])
  expect(new Set(moved)).toEqual(new Set(['c']))
  expect(moved.length).toBeGreaterThan(250)
})
