import { describe, expect, it } from 'vitest'
import { Doorkeeper } from '../../../src/answer/cache/doorkeeper.ts'
import { mix32 } from '../../../src/base/hash.ts'

describe('the doorkeeper', () => {
  it('knows who came before', () => {
    const doorkeeper = new Doorkeeper()
    for (const hash of [0x10001, -1, 0x7fffffff, -0x80000000]) {
      expect(doorkeeper.knows(hash)).toBe(false)
      expect(doorkeeper.knows(hash)).toBe(true)
    }
  })

  it('lets four who share a place in, and no more than that keep each other out', () => {
    const doorkeeper = new Doorkeeper()
    const sharing = (count: number) => Array.from({ length: count }, (_, i) => (i + 1) << 16)
    expect(sharing(4).map(hash => doorkeeper.knows(hash))).toEqual([false, false, false, false])
    expect(sharing(4).map(hash => doorkeeper.knows(hash))).toEqual([true, true, true, true])
    expect(doorkeeper.knows(99 << 16)).toBe(false)
    expect(sharing(4).map(hash => doorkeeper.knows(hash))).toEqual([false, false, false, false])
  })

  it('lets in next to nobody of a flood of strangers, and whoever comes often while it lasts', () => {
    const doorkeeper = new Doorkeeper()
    const regular = mix32(1) | 0
    let strangers = 0
    let regulars = 0
    for (let i = 0; i < 1_000_000; i++) {
      if (doorkeeper.knows(mix32(i + 2) | 0)) strangers++
      if (i % 10_000 === 0 && doorkeeper.knows(regular)) regulars++
    }
    expect(strangers).toBeLessThan(200)
    expect(regulars).toBeGreaterThan(60)
  })
})
