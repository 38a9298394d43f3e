import { describe, expect, it } from 'vitest'
import { type Beat, Progress } from '../../src/process/progress.ts'

const query = (number: number, beat: number | null): Beat => ({ name: `query-${number}`, role: 'query', beat })
const tcp = (beat: number | null): Beat => ({ name: 'tcp', role: 'tcp', beat })

describe('progress', () => {
  it('is made by threads whose count grows', () => {
    const progress = new Progress(3_000, 0)
    for (let now = 0; now < 20_000; now += 1_000) expect(progress.stuck([query(0, now), tcp(now)], now)).toEqual([])
  })

  it('is missed of each thread whose count stands still for the limit, until it grows again', () => {
    const progress = new Progress(3_000, 0)
    expect(progress.stuck([query(0, 1), query(1, 1), tcp(1)], 0)).toEqual([])
    expect(progress.stuck([query(0, 2), query(1, 1), tcp(2)], 2_999)).toEqual([])
    expect(progress.stuck([query(0, 3), query(1, 1), tcp(2)], 3_000)).toEqual(['query-1 has made no progress for 3 s'])
    expect(progress.stuck([query(0, 4), query(1, 1), tcp(2)], 6_000)).toEqual([
      'query-1 has made no progress for 6 s',
      'tcp has made no progress for 3 s',
    ])
    expect(progress.stuck([query(0, 5), query(1, 2), tcp(3)], 7_000)).toEqual([])
  })

  it('is not asked of a thread that died, but of query threads as a whole', () => {
    const progress = new Progress(3_000, 0)
    expect(progress.stuck([query(0, 1), query(1, null), tcp(null)], 9_000)).toEqual([])
    expect(progress.stuck([query(0, null), query(1, null), tcp(1)], 11_999)).toEqual([])
    expect(progress.stuck([query(0, null), query(1, null), tcp(2)], 12_000)).toEqual([
      'no query thread has listened for 3 s',
    ])
    // One that was started again begins anew, though its count stands where the other's stood.
    expect(progress.stuck([query(0, 1), query(1, null), tcp(3)], 13_000)).toEqual([])
  })
})
