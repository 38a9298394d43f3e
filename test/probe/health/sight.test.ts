import { describe, expect, it } from 'vitest'
import { type Glance, Sight } from '../../../src/probe/health/sight.ts'

const NOW = 1_000_000

/**
 * Clusters by blanks, each letter a target: `.` passed now, `x` fails since a moment ago, `X` fails for long, `n` never passed, `o` passed before and was not checked since,
 * `?` was never checked.
 */
function glances(text: string, at = NOW): Glance[] {
  return text.split(' ').flatMap((letters, c) =>
    [...letters].map(letter => ({
      cluster: `c${c}`,
      passedAt:
        letter === '?' || letter === 'n' ? null : letter === 'X' ? at - 600_500 : letter === 'x' ? at - 1_500 : at,
      checkedAt: letter === '?' ? null : letter === 'o' ? at - 3_000 : at,
      failingSince: 'xn'.includes(letter) ? at - 1_000 : letter === 'X' ? at - 600_000 : null,
    })),
  )
}

const isBlind = (text: string): boolean => new Sight().look(glances(text))

describe('a monitor is blind', () => {
  it.each([
    ['all of three clusters fail', 'xx xx xx'],
    ['nine in ten of their servers do', 'xxxxxxxxx. xx xx'],
    ['all clusters but one of four do', 'xx xx xx ..'],
    ['two of twenty are still seen', `${'x '.repeat(18)}. .`],
    ['what failed for long before is left aside', 'xX x x XX'],
    ['what was not checked since says nothing', 'xo xo xo oo'],
    ['nothing ever passed', 'n? n? n?'],
  ])('when %s', (_, text) => {
    expect(isBlind(text)).toBe(true)
  })
})

describe('a monitor sees', () => {
  it.each([
    ['there is nothing to see', ''],
    ['only two clusters fail', 'xxxx xxxx'],
    ['one of three does not', 'xx xx ..'],
    ['two of five do not', 'x x x . .'],
    ['a third of a cluster passes', 'xx. xx xx'],
    ['three of twenty are seen', `${'x '.repeat(17)}. . .`],
  ])('when %s', (_, text) => {
    expect(isBlind(text)).toBe(false)
  })
})

it('stays blind as long as it goes on, and sees at the first light', () => {
  const sight = new Sight()
  expect(sight.look(glances('x x x'))).toBe(true)
  expect(sight.blindSince).toBe(NOW - 1_000)
  const later = glances('x x x').map(each => ({ ...each, checkedAt: NOW + 3_600_000 }))
  expect(sight.look(later)).toBe(true)
  const light = [...later.slice(1), { ...later[0]!, failingSince: null }]
  expect(sight.look(light)).toBe(false)
  expect(sight.blindSince).toBeNull()
})

it('of clusters that fail one after the other none makes it blind', () => {
  const gone = (cluster: string, at: number): Glance => ({
    ...{ cluster, checkedAt: NOW, passedAt: at - 2_000, failingSince: at },
  })
  expect(new Sight().look([gone('a', NOW - 90_000), gone('b', NOW - 40_000), gone('c', NOW)])).toBe(false)
  // One that is checked every ten minutes is found to fail that much later.
  const seldom = { ...gone('c', NOW), passedAt: NOW - 600_000 }
  expect(new Sight().look([gone('a', NOW - 90_000), gone('b', NOW - 89_000), seldom])).toBe(true)
})
