import fc from 'fast-check'
import { expect, it } from 'vitest'
import { packReport, packTable, readReport, readTable } from '../../src/model/demand-text.ts'
import { demandReport, demandTable } from '../fixture/store.ts'

const TABLE = demandTable({ '192.0.2.0/24': 1.5, '198.51.0.0/16': 0, '2001:db8::/56': 3e9 }, { total: 4e9 })
const REPORT = demandReport({ '192.0.2.0/24': 1.5, '2001:db8::/32': 0 }, { unit: 'bps' })

it('what was packed is read as it was', () => {
  const marked = { ...TABLE, rows: TABLE.rows.map((row, i) => ({ ...row, reported: i === 1 })) }
  expect(readTable(packTable(marked))).toEqual(marked)
  expect(readReport(packReport(REPORT))).toEqual(REPORT)
  expect(readTable(packReport(REPORT))).toBeNull()
  expect(readReport(packTable(TABLE))).toBeNull()
})

it.each([
  '',
  'table',
  'table 1 2',
  'table x 2 3',
  'table 1 -2 3',
  'table 1 2 3 4',
  'table 1 2 3\n1.0.0.0/25 1',
  'table 1 2 3\n1.0.0.1/24 1',
  'table 1 2 3\n1.0.0.0 1',
  'table 1 2 3\n1.0.0.0/24 -1',
  'table 1 2 3\n1.0.0.0/24 Infinity',
  'table 1 2 3\n1.0.0.0/24 1 x',
  'table 1 2 3\n1.0.0.0/24 1\n',
  'table 1 2 3\n2.0.0.0/24 1\n1.0.0.0/24 1',
  'table 1 2 3\n1.0.0.0/8 1\n1.2.0.0/24 1',
  'table 1 2 3\n1.0.0.0/24 1\n1.0.0.0/24 1',
  `table 1 2 3${'\n1.0.0.0/24 1'.repeat(30_000)}`,
])('%j is no table', text => {
  expect(readTable(text.slice(0, 2 ** 20))).toBeNull()
})

it.each([
  'report 1 2 qps',
  'report 1 2 rps\n1.0.0.0/24 1',
  'report 1 9e9 qps\n1.0.0.0/24 1',
  'report 1 99999999999 qps\n1.0.0.0/24 1',
])('%j is no report', text => expect(readReport(text)).toBeNull())

it('a damaged text is none, or one that could have been meant; never an exception', () => {
  const text = packTable(TABLE)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, put) => {
      const read = readTable(text.slice(0, at) + put + text.slice(at + put.length))
      if (read !== null) for (const { qps } of read.rows) expect(qps).toBeGreaterThanOrEqual(0)
    }),
    { seed: 5, numRuns: 500 },
  )
})
