import { expect, it } from 'vitest'
import { UnknownClusters } from '../../src/control/unknown-clusters.ts'
import { row } from '../fixture/store.ts'

it('counts rows of clusters that are not configured, and names each of them once', () => {
  const logged: string[] = []
  const unknown = new UnknownClusters(
    id => id === 'icn-kt',
    (_, message) => void logged.push(message),
  )
  unknown.notice([row('192.0.2.0/24', 'icn-kt', 1), row('192.0.2.0/24', 'gone', 1), row('198.51.100.0/24', 'gone', 1)])
  unknown.notice([row('192.0.2.0/24', 'gone', 1), row('192.0.2.0/24', 'nrt-xi', 1), row('192.0.2.0/24', 'icn-kt', 1)])
  expect(unknown.rows).toBe(4)
  expect(logged).toEqual(
    ['gone', 'nrt-xi'].map(
      id => `measurements name the cluster "${id}", which is not configured: they count for nothing`,
    ),
  )
})

it('of a hundred names more are counted, not told', () => {
  const logged: string[] = []
  const unknown = new UnknownClusters(
    () => false,
    (_, message) => void logged.push(message),
  )
  unknown.notice(Array.from({ length: 500 }, (_, i) => row('192.0.2.0/24', `c${i}`, 1)))
  expect([unknown.rows, logged.length]).toEqual([500, 100])
})
