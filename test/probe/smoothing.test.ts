import { describe, expect, it } from 'vitest'
import { lossOf, observe, type Smoothed, UNMEASURED } from '../../src/probe/smoothing.ts'

const feed = (samples: readonly (number | null)[], start: Smoothed = UNMEASURED, everyMs = 1000) =>
  samples.reduce<Smoothed>((path, sample, i) => observe(path, sample, start.at + (i + 1) * everyMs), start)

describe('smoothing of RTT samples (RFC 6298 section 2)', () => {
  it('takes the first sample whole, with half of it as deviation', () => {
    expect(feed([40])).toMatchObject({ samples: 1, srttMs: 40, rttVarMs: 20 })
  })

  it('moves an eighth of the way to each further sample', () => {
    expect(feed([40, 48]).srttMs).toBe(41)
    expect(feed([40, 48]).rttVarMs).toBe(20 + (8 - 20) / 4)
  })

  it('drops a sample above three times the median of the last nine, but believes the third in a row', () => {
    const steady = feed(new Array(9).fill(10) as number[])
    const one = feed([100], steady)
    expect(one).toMatchObject({ srttMs: 10, samples: 9 })
    const two = feed([100], one)
    expect(two.srttMs).toBe(10)
    const three = feed([100], two)
    expect(three.srttMs).toBeCloseTo(10 + 90 / 8)
  })

  it('an accident between good samples does not add up to three in a row', () => {
    const path = feed([100, 10, 100, 10, 100], feed(new Array(9).fill(10) as number[]))
    expect(path.srttMs).toBe(10)
  })

  it('loss is lost / sent and is forgotten by half in five minutes', () => {
    const lossy = feed([10, null, 10, null], UNMEASURED, 1)
    expect(lossOf(lossy)).toBeCloseTo(0.5, 3)
    const later = observe(lossy, 10, lossy.at + 5 * 60 * 1000)
    expect(later.lost).toBeCloseTo(1, 2)
    expect(later.sent).toBeCloseTo(3, 2)
  })

  it('silence alone leaves the path unmeasured', () => {
    expect(feed([null, null])).toMatchObject({ samples: 0, srttMs: 0 })
  })
})
