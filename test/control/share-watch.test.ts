import { expect, it } from 'vitest'
import type { Served } from '../../src/control/publisher.ts'
import { ShareWatch } from '../../src/control/share-watch.ts'
import { LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { PlannedShare } from '../../src/model/planned-share.ts'

const SHARES: PlannedShare[] = [{ service: 'vod', cluster: 'icn', share: 1 }]

function scene(answer: () => Promise<readonly PlannedShare[] | null>) {
  let asked = 0
  let now = 0
  const live = LiveTable.create(new SharedArrayBuffer(liveTableBytes(1, 1)), 1, 1)
  const publisher: { served: Served | null } = { served: null }
  const planner = {
    shares: () => {
      asked++
      return answer()
    },
  }
  const watch = new ShareWatch(planner, publisher)
  return {
    watch,
    live,
    serve(generation: number) {
      publisher.served = { stats: { generation }, live } as Partial<Served> as Served
    },
    wait(ms: number) {
      now += ms
    },
    look: () => watch.look(() => now),
    asked: () => asked,
  }
}

it('asks once for each state of map and live table, and not before there is a map', async () => {
  const { watch, live, serve, look, asked } = scene(async () => SHARES)
  await look()
  expect([asked(), watch.shares]).toEqual([0, []])
  serve(1)
  await look()
  await look()
  expect([asked(), watch.shares]).toEqual([1, SHARES])
  live.publish(() => undefined)
  await look()
  serve(2)
  await look()
  await look()
  expect(asked()).toBe(3)
})

it('tables from disk have no shares, and what was known before is not told of them', async () => {
  let known: readonly PlannedShare[] | null = SHARES
  const { watch, serve, look } = scene(async () => known)
  serve(1)
  await look()
  known = null
  serve(2)
  await look()
  expect(watch.shares).toEqual([])
})

it('a planner that is being restarted is asked again', async () => {
  let fails = true
  const { watch, serve, look, asked } = scene(async () => {
    if (fails) throw new Error('the planner died')
    return SHARES
  })
  serve(1)
  await look()
  expect(watch.shares).toEqual([])
  fails = false
  await look()
  expect([asked(), watch.shares]).toEqual([2, SHARES])
})

it('one question at a time, and at most a twentieth of the time of the planner', async () => {
  let answer: (shares: PlannedShare[]) => void = () => undefined
  const { live, serve, wait, look, asked } = scene(
    () =>
      new Promise(resolve => {
        answer = resolve
      }),
  )
  serve(1)
  const first = look()
  live.publish(() => undefined)
  await look()
  expect(asked()).toBe(1)
  wait(100)
  answer(SHARES)
  await first
  wait(1999)
  await look()
  expect(asked()).toBe(1)
  wait(1)
  void look()
  expect(asked()).toBe(2)
})
