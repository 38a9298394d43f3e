import { describe, expect, it } from 'vitest'
import { type Millis, millis } from '../../../src/base/brand.ts'
import { comparePrefix, containsPrefix, formatPrefix, LEAF_LENGTH } from '../../../src/base/prefix.ts'
import { rangesOfPrefixes } from '../../../src/base/range-table.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../../../src/model/measurement.ts'
import { type Evidence, gatherEvidence, measuredRow, seenRow } from '../../../src/plan/evidence.ts'
import { MeasuredRows, packRows } from '../../../src/plan/measured-rows.ts'
import { joinWeighed, type Weighed, weigh } from '../../../src/route/score/measured.ts'
import { MeasurementTable } from '../../../src/worker/measurement-table.ts'
import { measurement, NOW, randomOf } from '../../route/fixture.ts'
import { Draw } from '../../route/random-world.ts'
import { randomRow } from './worlds.ts'

const IDS = ['c2', 'c0', 'c1', 'c3']
const INDEX = new Map(IDS.map((id, i) => [id, i]))
const rowsOf = (draw: Draw, count: number) => Array.from({ length: count }, () => randomRow(draw, [...IDS, 'c9'], NOW))

/** What counts of one path: the newest of what was measured or imported, then the newest that edges saw. */
type Counted = readonly [Measurement, Measurement?]

/** By comparing each row with every other. */
function countedOf(rows: readonly Measurement[], asOf: Millis): Counted[] {
  const counts = ({ prefix, cluster, rttMs, rttVarMs, loss, measuredAt }: Measurement): boolean =>
    INDEX.has(cluster) &&
    prefix.length <= LEAF_LENGTH[prefix.family] &&
    asOf - measuredAt <= MEASUREMENT_LIFETIME_MS &&
    [rttMs > 0, rttMs <= 60_000, rttVarMs >= 0, loss >= 0, loss <= 1].every(Boolean)
  const order = (a: Measurement, b: Measurement): number =>
    comparePrefix(a.prefix, b.prefix) || INDEX.get(a.cluster)! - INDEX.get(b.cluster)!
  const newer = (a: Measurement, b: Measurement): number =>
    b.measuredAt - a.measuredAt ||
    a.rttMs - b.rttMs ||
    a.loss - b.loss ||
    a.rttVarMs - b.rttVarMs ||
    a.samples - b.samples
  const sorted = rows.filter(counts).sort((a, b) => order(a, b) || isSeen(a) - isSeen(b) || newer(a, b))
  const newest = sorted.filter((row, i) => {
    const before = sorted[i - 1]
    return before === undefined || order(row, before) !== 0 || isSeen(row) !== isSeen(before)
  })
  return newest.flatMap((row, i): Counted[] => {
    const [before, after] = [newest[i - 1], newest[i + 1]]
    if (before !== undefined && order(row, before) === 0) return []
    return [after !== undefined && order(row, after) === 0 ? [row, after] : [row]]
  })
}

const isSeen = ({ source }: Measurement): number => Number(source === 'passive')

function weighed([first, second]: Counted, asOf: Millis): Weighed {
  const own = weigh(first, asOf)!
  return second === undefined ? own : joinWeighed(own, weigh(second, asOf)!)
}

function setsOf(evidence: Evidence): string[] {
  return Array.from({ length: evidence.setAt.length - 1 }, (_, set) =>
    Array.from(evidence.setRow.subarray(evidence.setAt[set]!, evidence.setAt[set + 1]!), (row, i) =>
      [row, evidence.setCluster[evidence.setAt[set]! + i]].join(':'),
    ).join(),
  )
}

/** Longest match per cluster, found by looking at all rows. */
function setsByHand(rows: readonly Measurement[]): string[] {
  const prefixes = [...new Map(rows.map(row => [formatPrefix(row.prefix), row.prefix])).values()]
  return prefixes.map(prefix => {
    const around = rows.map((row, i) => ({ row, i })).filter(({ row }) => containsPrefix(row.prefix, prefix))
    around.sort((a, b) => b.row.prefix.length - a.row.prefix.length || a.i - b.i)
    const first = around.filter(({ row }, k) => around.findIndex(other => other.row.cluster === row.cluster) === k)
    return first.map(({ row, i }) => [i, INDEX.get(row.cluster)].join(':')).join()
  })
}

describe('evidence gathered from columns', () => {
  it('is what comparing every measurement with every other finds, from objects in any order or from columns', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = new Draw(randomOf(seed))
      const rows = rowsOf(draw, draw.one([0, 3, 30, 200]))
      const asOf = millis(NOW + draw.below(3_600_000))
      const expected = countedOf(rows, asOf)
      const evidence = gatherEvidence(rows, INDEX, asOf)
      const found = Array.from({ length: evidence.rows.count }, (_, i) => {
        const seen = seenRow(evidence, i)
        return seen === null ? [measuredRow(evidence, i)] : [measuredRow(evidence, i), seen]
      })
      expect(found).toEqual(expected)
      expect(gatherEvidence(rows.toReversed(), INDEX, asOf)).toMatchObject({
        setAt: evidence.setAt,
        rttMs: evidence.rttMs,
      })
      const figures = expected.map(each => weighed(each, asOf))
      for (const name of ['rttMs', 'precision', 'jitterMs', 'loss', 'freshness'] as const)
        expect([...evidence[name]]).toEqual(figures.map(each => each[name]))
      expect(setsOf(evidence)).toEqual(['', ...setsByHand(expected.map(([row]) => row))])
      const prefixes = [...new Map(expected.map(([{ prefix }]) => [formatPrefix(prefix), prefix])).values()]
      expect(evidence.ranges).toEqual(
        rangesOfPrefixes(prefixes.map((prefix, i) => ({ prefix, value: i + 1 })).reverse()),
      )
    }
  })
})

/** The table as a map of objects: the newest of every pair, what edges saw apart, of equals the later. */
function tableOf(batches: readonly (readonly Measurement[])[], asOf: Millis): Measurement[] {
  const held = new Map<string, Measurement>()
  for (const row of batches.flat()) {
    const key = `${JSON.stringify(row.prefix)} ${row.cluster} ${isSeen(row)}`
    const before = held.get(key)
    if (before === undefined || before.measuredAt <= row.measuredAt) held.set(key, row)
  }
  return [...held.values()].filter(({ measuredAt }) => asOf - measuredAt <= MEASUREMENT_LIFETIME_MS)
}

const rowsIn = (rows: MeasuredRows): Measurement[] => Array.from({ length: rows.length }, (_, i) => rows.row(i))
const inOrder = (rows: readonly Measurement[]): Measurement[] =>
  [...rows].sort((a, b) => comparePrefix(a.prefix, b.prefix) || (textOf(a) < textOf(b) ? -1 : 1))
const textOf = (row: Measurement): string => `${row.cluster} ${isSeen(row)}`

describe('the planner', () => {
  it('holds after any batches, one by one or many at once, what a table of objects would hold', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const draw = new Draw(randomOf(seed))
      const table = new MeasurementTable()
      const delivered: Measurement[][] = []
      let asOf = NOW
      for (let batch = 1; batch <= 12; batch++) {
        // Some of what is there is measured again, some of it at the very moment.
        const again = delivered.flat().filter(() => draw.chance(10))
        const renewed = again.map(row => ({
          ...row,
          rttMs: row.rttMs + 1,
          measuredAt: millis(row.measuredAt + draw.below(2)),
        }))
        const rows = [...rowsOf(draw, draw.one([0, 1, 20])), ...renewed]
        delivered.push(rows)
        table.deliver(packRows(rows), `${batch}-0`)
        if (!draw.chance(50)) continue
        const counted = draw.below(batch + 1)
        asOf = millis(asOf + draw.below(3_600_000))
        table.at('', asOf)
        const late = table.at(`${counted}-0`, asOf)
        // What counted once does not go back.
        const fresh = delivered.slice(0, Math.max(counted, 0))
        expect(late.length).toBeGreaterThanOrEqual(tableOf(fresh, asOf).length)
      }
      const now = table.at('12-0', asOf)
      expect(inOrder(rowsIn(now))).toEqual(inOrder(tableOf(delivered, asOf)))
      expect(gatherEvidence(now, INDEX, asOf).setRow).toEqual(
        gatherEvidence(MeasuredRows.of(delivered.flat()), INDEX, asOf).setRow,
      )
      const prefixes = new Set(rowsIn(now).map(({ prefix }) => JSON.stringify(prefix)))
      const times = rowsIn(now).map(({ measuredAt }) => measuredAt)
      expect(table.summary()).toEqual({
        ...{ rows: now.length, prefixes: prefixes.size },
        ...{
          newest: times.length > 0 ? Math.max(...times) : null,
          oldest: times.length > 0 ? Math.min(...times) : null,
        },
      })
    }
  })

  it('keeps the rows of a map that is served as they were when it was compiled', () => {
    const table = new MeasurementTable()
    table.deliver(packRows([measurement('1.2.3.0/24', 'c0', 10)]), '1')
    const served = table.at('1', NOW)
    table.deliver(packRows([measurement('1.2.3.0/24', 'c0', 20), measurement('1.2.0.0/16', 'new', 5)]), '2')
    expect(rowsIn(table.at('2', NOW)).map(({ cluster, rttMs }) => [cluster, rttMs])).toEqual([
      ['new', 5],
      ['c0', 20],
    ])
    expect(rowsIn(served).map(({ cluster, rttMs }) => [cluster, rttMs])).toEqual([['c0', 10]])
  })
})
