import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { COUNTER_SLOTS, countPair, readCounters } from '../../src/model/counters.ts'
import { AnswerTally } from '../../src/worker/answer-tally.ts'
import { HALF_LIFE_MS } from '../../src/worker/demand-collector.ts'

const names = { serviceId: (n: number) => ['vod', 'live'][n]!, clusterId: (n: number) => ['icn', 'nrt'][n]! }

function setup() {
  const threads = [new Float64Array(COUNTER_SLOTS), new Float64Array(COUNTER_SLOTS)]
  const tally = new AnswerTally(
    () => [...threads.map(thread => ({ counters: readCounters(thread) })), { counters: null }],
    names,
  )
  const answer = (thread: number, service: number, cluster: number, times: number) => {
    for (let i = 0; i < times; i++) countPair(threads[thread]!, service, cluster)
  }
  return { tally, answer }
}

describe('answers of late', () => {
  it('of all threads, by cluster and service', () => {
    const { tally, answer } = setup()
    answer(0, 0, 0, 3)
    answer(1, 0, 0, 4)
    answer(1, 1, 0, 2)
    answer(0, 1, 1, 5)
    expect(tally.counts(millis(0))).toEqual({ icn: { vod: 7, live: 2 }, nrt: { live: 5 } })
  })

  it('count once, and half as much five minutes later', () => {
    const { tally, answer } = setup()
    answer(0, 0, 0, 8)
    tally.counts(millis(0))
    answer(0, 0, 0, 1)
    expect(tally.counts(millis(HALF_LIFE_MS))).toEqual({ icn: { vod: 5 } })
    expect(tally.counts(millis(2 * HALF_LIFE_MS))).toEqual({ icn: { vod: 2.5 } })
    expect(tally.counts(millis(20 * HALF_LIFE_MS))).toEqual({})
  })
})
