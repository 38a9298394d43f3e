import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DueQueue } from '../../src/probe/due-queue.ts'

it('gives what is due, the earliest first, and nothing that is not', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 200 }), fc.nat(60), (times, now) => {
      const queue = new DueQueue<{ dueAt: number }>()
      for (const dueAt of times) queue.push({ dueAt })
      const taken: number[] = []
      for (let item = queue.take(now); item !== null; item = queue.take(now)) taken.push(item.dueAt)
      expect(taken).toEqual(times.filter(time => time <= now).sort((a, b) => a - b))
      expect(queue.size).toBe(times.length - taken.length)
    }),
    { seed: 20261121, numRuns: 500 },
  )
})
