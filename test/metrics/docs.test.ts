import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMetrics, definitions } from '../../src/metrics/metrics.ts'
import { REASONS } from '../../src/model/counters.ts'
import { parseExposition } from '../fixture/exposition.ts'
import { exampleStatus } from '../fixture/status.ts'

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

interface Row {
  readonly name: string
  readonly kind: string
  readonly labels: readonly string[]
  readonly help: string
}

// What a prober shows at its own address: see probe-docs.test.ts.
const documented: Row[] = [
  ...PAGE.matchAll(/^\| `(?!kingcdn_probe_)([a-z_0-9]+)` \| (counter|gauge|histogram) \| (.*?) \| (.*) \|$/gm),
].map(([, name, kind, labels, help]) => ({
  name: name!,
  kind: kind!,
  labels: [...labels!.matchAll(/`([a-z_]+)`/g)].map(match => match[1]!),
  help: help!,
}))

test('docs/metrics.md lists exactly the metrics of the exposition, with their type and meaning', async () => {
  const { types, helps } = parseExposition((await createMetrics(() => exampleStatus()).scrape()).body)
  const exposed = [...types].map(([name, kind]) => `${name} ${kind}: ${helps.get(name)}`)
  expect(documented.map(({ name, kind, help }) => `${name} ${kind}: ${help}`).sort()).toEqual(exposed.sort())
})

test('docs/metrics.md gives the labels of each metric', () => {
  const declared = Object.fromEntries(definitions().map(({ name, labels }) => [name, labels]))
  const written = documented.filter(({ name }) => name.startsWith('kingcdn_'))
  expect(Object.fromEntries(written.map(({ name, labels }) => [name, labels]))).toEqual(declared)
})

test('docs/metrics.md explains every reason of a decision', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` \| [^|]+ \|$/gm)].map(match => match[1]!)
  expect(rows).toEqual([...REASONS])
})
