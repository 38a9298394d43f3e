import { expect, it } from 'vitest'
import { compileMaps } from '../../../src/plan/compile-map.ts'
import { packRows } from '../../../src/plan/measured-rows.ts'
import { MeasurementTable } from '../../../src/worker/measurement-table.ts'
import { randomOf } from '../../route/fixture.ts'
import { Draw } from '../../route/random-world.ts'
import { bytesOf, randomMoments } from './worlds.ts'

it('a map is the same to the last octet whether measurements came at once or in batches, and over a ground that was there before', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { first, second } = randomMoments(seed)
    const draw = new Draw(randomOf(seed))
    const table = new MeasurementTable()
    // What cannot be never gets so far, and of two that are as new the store knows the later.
    const sound = second.measurements.filter(
      ({ prefix, rttMs, loss }) => rttMs > 0 && loss <= 1 && prefix.length <= (prefix.family === 4 ? 24 : 56),
    )
    const rows = sound.filter((row, i) => !sound.some((other, k) => k !== i && other.measuredAt === row.measuredAt))
    for (let at = 0, batch = 1; at < rows.length; batch++) {
      const next = at + 1 + draw.below(40)
      table.deliver(packRows(rows.slice(at, next)), `${batch}`)
      table.at(`${batch}`, first.asOf)
      at = next
    }
    const ground = compileMaps(first).unmeasured
    const whole = compileMaps({ ...second, measurements: rows })
    const batched = compileMaps({ ...second, measurements: table.at('1000', second.asOf) }, ground)
    expect(bytesOf(batched).equals(bytesOf(whole))).toBe(true)
    expect(batched.demand).toEqual(whole.demand)
    expect(batched.stats).toEqual(whole.stats)
  }
})
