import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { findTool, missing } from '../../fixture/tools.ts'
import { testConformance } from './conformance.ts'
import { APART } from './corpus.ts'
import { NOT_LOADED } from './differences.ts'

testConformance('named')

it.skipIf(missing('named-checkzone')).each(NOT_LOADED)('$server does not load $origin', ({ origin }) => {
  const checked = spawnSync(findTool('named-checkzone')!, ['-i', 'none', origin, '/dev/stdin'], {
    input: APART.zones.get(origin)!,
  })
  expect(checked.status).toBe(1)
})
