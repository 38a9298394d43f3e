import { expect, test } from 'vitest'
import { ROW_LIMIT } from '../../src/http/rtt.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { Outbox } from '../../src/probe/outbox.ts'
import { manyRows } from '../fixture/store.ts'

function open(write: (rows: readonly Measurement[]) => void) {
  const logged: string[] = []
  const outbox = new Outbox({
    write: async rows => write(rows),
    refusal: () => null,
    log: (_, message) => void logged.push(message),
  })
  const rows = manyRows(2 * ROW_LIMIT + 1)
  rows.forEach((row, i) => {
    outbox.put(`${i}`, row)
  })
  return { outbox, logged, rows }
}

test('what waited for long is written in portions, none larger than the HTTP API takes', async () => {
  const portions: number[] = []
  const written: Measurement[] = []
  const { outbox, rows } = open(portion => {
    portions.push(portion.length)
    written.push(...portion)
  })
  await outbox.flush()
  expect(Math.max(...portions)).toBeLessThanOrEqual(ROW_LIMIT / 2)
  expect(written).toEqual(rows)
  expect(outbox).toMatchObject({ waiting: 0, written: rows.length, failures: 0 })
})

test('a portion that is refused waits with those behind it; those before it are not written again', async () => {
  let calls = 0
  const { outbox, logged, rows } = open(() => {
    if (++calls === 3) throw new Error('the store is away')
  })
  await outbox.flush()
  const { waiting } = outbox
  expect([waiting, outbox.written + waiting, outbox.failures]).toEqual([rows.length - 10_000, rows.length, 1])
  await outbox.flush()
  expect(outbox).toMatchObject({ waiting: 0, written: rows.length })
  expect(logged).toEqual(['measurements wait: the store is away'])
})
