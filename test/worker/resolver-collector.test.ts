import { expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { newPeer, readPeer } from '../../src/base/peer.ts'
import { RESOLVER_SKETCH_BYTES, ResolverSketch } from '../../src/model/resolver-sketch.ts'
import { ResolverCollector } from '../../src/worker/resolver-collector.ts'

const START = 1_764_000_000_000
const at = (seconds: number) => millis(START + seconds * 1000)
const sketchOf = (seed: number) =>
  ResolverSketch.create(new SharedArrayBuffer(RESOLVER_SKETCH_BYTES), Uint32Array.of(seed, seed * 7, seed * 13))
const peer = newPeer()
function ask(sketch: ResolverSketch, address: string, times: number): void {
  readPeer(address, peer)
  for (let i = 0; i < times; i++) sketch.count(peer)
}

it('adds up what all threads saw, heaviest first, as queries per second', async () => {
  const sketches = [sketchOf(1), sketchOf(2)]
  const collector = new ResolverCollector(() => sketches, at(0))
  ask(sketches[0]!, '168.126.63.1', 40)
  ask(sketches[1]!, '168.126.63.1', 10)
  ask(sketches[1]!, '2001:db8::53', 100)
  await collector.collect(at(10))
  expect(collector.list(at(10))).toEqual({
    at: at(10),
    rows: [
      { address: '2001:db8::53', qps: 10 },
      { address: '168.126.63.1', qps: 5 },
    ],
  })
})

it('does not tell of who asked hardly at all: it may have been forged', async () => {
  const sketch = sketchOf(1)
  const collector = new ResolverCollector(() => [sketch], at(0))
  ask(sketch, '192.0.2.1', 2)
  ask(sketch, '192.0.2.2', 3)
  await collector.collect(at(10))
  expect(collector.list(at(10)).rows.map(({ address }) => address)).toEqual(['192.0.2.2'])
  await collector.collect(at(130))
  expect(collector.list(at(130)).rows.map(({ address }) => address)).toEqual(['192.0.2.2'])
})

it('a rate holds while nothing is asked, and the resolver is forgotten in the end', async () => {
  const sketch = sketchOf(1)
  const collector = new ResolverCollector(() => [sketch], at(0))
  for (let i = 1; i <= 20; i++) {
    ask(sketch, '192.0.2.1', 100)
    await collector.collect(at(10 * i))
  }
  expect(collector.list(at(200)).rows[0]!.qps).toBeCloseTo(10, 5)
  await collector.collect(at(200 + 900))
  expect(collector.list(at(1100)).rows[0]!.qps).toBeLessThan(1.2)
  await collector.collect(at(200 + 900 * 12))
  expect(collector.list(at(0)).rows).toEqual([])
})
