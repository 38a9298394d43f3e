import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { LoadBook } from '../../src/control/load-book.ts'

const NOBODY: ReadonlySet<string> = new Set()

function book(servers: Record<string, number> = { a: 1, b: 1, c: 2 }) {
  const loads = new LoadBook()
  loads.retain([{ id: 'icn', servers: Object.entries(servers).map(([id, weight]) => ({ id, weight })) }])
  const put = (value: number, at: number, server?: string) =>
    loads.put({ cluster: 'icn', value, at: millis(at), ...(server === undefined ? {} : { server }) })
  return { loads, put, of: (...down: string[]) => loads.of('icn', new Set(down)) }
}

describe('the load of a cluster', () => {
  test('is the newest report for all of it; one that arrives late replaces none', () => {
    const { put, of } = book()
    expect(of()).toBeUndefined()
    put(10, 2000)
    put(99, 1000)
    expect(of()).toEqual({ value: 10, at: 2000 })
  })

  test('is the sum of its servers when one of those is newer, as old as the oldest of them', () => {
    const { put, of } = book()
    put(99, 1000)
    put(4, 2000, 'a')
    put(5, 3000, 'b')
    put(6, 4000, 'c')
    expect(of()).toEqual({ value: 15, at: 2000 })
    put(20, 5000)
    expect(of()).toEqual({ value: 20, at: 5000 })
  })

  test('takes a server that never reported for as busy as the others, by weight, not for idle', () => {
    const { put, of } = book()
    put(10, 1000, 'a')
    expect(of()).toEqual({ value: 40, at: 1000 })
    put(30, 1000, 'c')
    expect(of()?.value).toBeCloseTo(40 * (4 / 3))
  })

  test('is without servers that are down: their siblings carry it and say so', () => {
    const { put, of } = book()
    put(10, 1000, 'a')
    put(10, 9000, 'b')
    put(20, 9000, 'c')
    expect(of('a')).toEqual({ value: 30, at: 9000 })
    expect(of()).toEqual({ value: 40, at: 1000 })
  })

  test('stands still where all servers are down', () => {
    const { put, of } = book({ a: 1, b: 1 })
    put(10, 1000, 'a')
    put(10, 2000, 'b')
    expect(of('a', 'b')).toEqual({ value: 20, at: 1000 })
  })

  test('forgets what is not configured any more', () => {
    const { loads, put, of } = book()
    put(10, 1000, 'a')
    put(5, 1000, 'b')
    loads.retain([{ id: 'icn', servers: [{ id: 'b', weight: 1 }] }])
    expect(of()).toEqual({ value: 5, at: 1000 })
    loads.retain([])
    expect(of()).toBeUndefined()
  })
})

describe('servers whose load is missing', () => {
  const OLDEST = millis(10_000)

  test('are those that fell silent and those that were never heard of, not those that are down', () => {
    const { loads, put } = book({ a: 1, b: 1, c: 1, d: 1 })
    for (const server of ['a', 'b']) put(1, 1000, server)
    put(1, 20_000, 'a')
    expect([...loads.silent('icn', new Set(['d']), OLDEST)]).toEqual([
      ['b', 1000],
      ['c', null],
    ])
  })

  test('are none while the first reports come in, and none where edges tell the whole', () => {
    const { loads, put } = book()
    put(1, 15_000, 'a')
    expect(loads.silent('icn', NOBODY, OLDEST).size).toBe(0)
    const told = book()
    told.put(1, 1000, 'a')
    told.put(10, 20_000)
    expect(told.loads.silent('icn', NOBODY, OLDEST).size).toBe(0)
    expect(book().loads.silent('icn', NOBODY, OLDEST).size).toBe(0)
  })
})
