import { expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { ResolverDesk } from '../../src/control/resolver-desk.ts'
import type { ResolverList } from '../../src/model/resolver.ts'
import { MemoryProbing } from '../../src/store/memory-probing.ts'
import type { Store } from '../../src/store/store.ts'

function begin() {
  let now = millis(1_764_000_000_000)
  const probing = new MemoryProbing({ now: () => now })
  const seen = { collected: 0, rows: [{ address: '9.9.9.9', qps: 5 }] }
  const desk = new ResolverDesk({
    node: 'ns1',
    store: { probing } as Partial<Store> as Store,
    resolvers: {
      collect: async () => void seen.collected++,
      list: (at): ResolverList => ({ at, rows: seen.rows }),
    },
  })
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      now = millis(now + 1000)
      await desk.tick(now)
    }
  }
  return { desk, probing, seen, pass, now: () => now }
}

it('collects every ten seconds and tells the store every minute', async () => {
  const { probing, seen, pass } = begin()
  await pass(12)
  expect(seen.collected).toBe(1)
  expect((await probing.readResolvers()).get('ns1')?.rows).toEqual([{ address: '9.9.9.9', qps: 5 }])
  seen.rows = [{ address: '8.8.8.8', qps: 1 }]
  await pass(50)
  expect((await probing.readResolvers()).get('ns1')?.rows[0]?.address).toBe('9.9.9.9')
  await pass(20)
  expect((await probing.readResolvers()).get('ns1')?.rows[0]?.address).toBe('8.8.8.8')
})

it('says nothing while nobody asks', async () => {
  const { probing, seen, pass } = begin()
  seen.rows = []
  await pass(120)
  expect(await probing.readResolvers()).toEqual(new Map())
})

it('knows what all nameservers see, of itself as of now', async () => {
  const { desk, probing, pass, seen, now } = begin()
  await pass(12)
  await probing.putResolvers('ns2', {
    at: now(),
    rows: [
      { address: '9.9.9.9', qps: 2 },
      { address: '7.7.7.7', qps: 1 },
    ],
  })
  seen.rows = [{ address: '9.9.9.9', qps: 6 }]
  expect(await desk.known(now())).toEqual([
    { address: '9.9.9.9', qps: 8 },
    { address: '7.7.7.7', qps: 1 },
  ])
})
