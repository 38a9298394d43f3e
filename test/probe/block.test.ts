import { describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { chooseSpeaker, type Path, SILENT_AFTER } from '../../src/probe/block.ts'
import { PathSet } from '../../src/probe/path-set.ts'
import { observe } from '../../src/probe/smoothing.ts'

const paths = (count: number): Path[] =>
  new PathSet().want(
    Array.from({ length: count }, (_, i) => ({
      address: '192.0.2.1',
      port: 1 + i,
      prefix: parsePrefix('192.0.2.0/24')!,
      tail: false,
    })),
  )

function see(path: Path, ...samples: readonly (number | null)[]): Path | null {
  for (const rttMs of samples) {
    path.smoothed = observe(path.smoothed, rttMs, 0)
    path.misses = rttMs === null ? path.misses + 1 : 0
  }
  return chooseSpeaker(path.block)
}

const silence = new Array<null>(SILENT_AFTER).fill(null)

describe('who speaks for a block', () => {
  it('nobody until one answered', () => {
    const [a, b] = paths(2) as [Path, Path]
    expect(see(a, null)).toBeNull()
    expect(see(b, 50)).toBe(b)
  })

  it('the nearest of those that answer', () => {
    const [a, b, c] = paths(3) as [Path, Path, Path]
    expect(see(a, 50)).toBe(a)
    expect(see(b, 10)).toBe(b)
    expect(see(c, 30)).toBe(b)
  })

  it('does not change for noise, nor for a lost packet', () => {
    const [a, b] = paths(2) as [Path, Path]
    see(a, 10)
    expect(see(b, 9.5)).toBe(a)
    expect(see(a, 10.4, null, null)).toBe(a)
    expect(see(b, 9)).toBe(a)
  })

  it('changes when the speaker falls silent, and back when it is clearly nearer again', () => {
    const [a, b] = paths(2) as [Path, Path]
    see(a, 10)
    see(b, 20)
    expect(see(a, ...silence)).toBe(b)
    expect(see(a, 10)).toBe(a)
  })

  it('stays when none answers, so that its loss is seen', () => {
    const [a, b] = paths(2) as [Path, Path]
    see(a, 10)
    see(b, ...silence)
    expect(see(a, ...silence, null)).toBe(a)
  })
})
