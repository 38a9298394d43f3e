import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/base/problem.ts'
import { formatName } from '../../src/wire/name.ts'
import { RDATA_TYPES } from '../../src/wire/rdata/registry.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { findTool, missing } from '../fixture/tools.ts'

const FOLDER = new URL('../../zones/', import.meta.url)
const FILES = readdirSync(FOLDER).filter(file => file.endsWith('.zone'))
const README = readFileSync(new URL('README.md', FOLDER), 'utf8')

function parse(text: string, file = 'README.md') {
  const { zone, problems } = parseZoneText(text, { file })
  return { zone, problems: problems.map(formatProblem) }
}

describe.each(FILES)('zones/%s', file => {
  const path = new URL(file, FOLDER).pathname
  const { zone, problems } = parse(readFileSync(path, 'latin1'), path)

  it('loads without a problem', () => {
    expect(problems).toEqual([])
    expect(zone).not.toBeNull()
  })

  it.skipIf(missing('named-compilezone', 'kzonecheck'))(
    'BIND and Knot load it too, and BIND counts the same records',
    () => {
      const origin = formatName(zone!.origin)
      const args = ['-i', 'none', '-o', '-', '-q', origin, path]
      const told = execFileSync(findTool('named-compilezone')!, args, {
        encoding: 'latin1',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(told.trim().split('\n')).toHaveLength(zone!.records)
      execFileSync(findTool('kzonecheck')!, ['-o', origin, path], { stdio: 'pipe' })
    },
  )
})

describe('zones/README.md', () => {
  it('its example is a zone', () => {
    const example = /```zone\n([\s\S]*?)```/.exec(README)![1]!
    const { zone, problems } = parse(example)
    expect(problems).toEqual([])
    expect(zone!.records).toBe(27)
  })

  it('names every type that has a form of its own', () => {
    const list = /form of their own: ([\s\S]*?)\./.exec(README)![1]!
    expect(list.trim().split(/\s+/)).toEqual(RDATA_TYPES.map(type => type.name).sort())
  })
})
