import { expect, it } from 'vitest'
import { NO_CLUSTER, Rows } from '../../src/route/rows.ts'

it('a row gives back what it is made of, whatever the neighbours are', () => {
  const made = [
    { slots: [7, 65534, NO_CLUSTER, NO_CLUSTER], ranks: [0, 255, 0, 0], flags: 0 },
    { slots: [0, 1, 2, 3], ranks: [255, 254, 128, 1], flags: 5 },
    { slots: [40_000, NO_CLUSTER, NO_CLUSTER, NO_CLUSTER], ranks: [200, 255, 255, 255], flags: 2 },
  ]
  for (const { slots, ranks, flags } of made) {
    const rows = Rows.of(slots, ranks, flags)
    expect(rows.count).toBe(1)
    expect(rows.slots(0)).toEqual(slots)
    expect(rows.ranks(0)).toEqual(ranks)
    expect(rows.flags(0)).toBe(flags)
  }
})

it('words as they are drawn', () => {
  const rows = new Rows(Int32Array.of(0, 0, 0, 0, 0x0002_0001, -1, 0x0403_0201, 6))
  expect(rows.count).toBe(2)
  expect(rows.slots(1)).toEqual([1, 2, NO_CLUSTER, NO_CLUSTER])
  expect(rows.ranks(1)).toEqual([1, 2, 3, 4])
  expect(rows.flags(1)).toBe(6)
})
