import { expect, test } from 'vitest'
import { describeSpan } from '../../src/control/describe-drain.ts'

test.each([
  [40_000, '40 s'],
  [119_990, '2 min'],
  [3_599_990, '1 h'],
  [5_400_000, '1.5 h'],
  [172_800_000, '2 d'],
])('%i ms are %s', (ms, text) => expect(describeSpan(ms)).toBe(text))
