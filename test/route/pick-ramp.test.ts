import { describe, expect, it } from 'vitest'
import { FAMILY_V4, FAMILY_V6, WARMING_SHIFT } from '../../src/model/live-table.ts'
import { orderColumn, serverColumns } from '../../src/plan/server-columns.ts'
import { newRouting } from '../../src/route/client.ts'
import { pick } from '../../src/route/pick/pick.ts'
import { cluster } from './fixture.ts'

const GROUP = 17
const BLOCKS = Array.from({ length: 4000 }, (_, i) => Math.imul(i, 0x9e3779b1) | 0)
const clusters = [cluster('icn', 'seoul', { count: 4 })]
const tables = { ...serverColumns(clusters), orderServers: orderColumn(clusters, [GROUP]) }

/** The first server of each block while server 1 turns away so many of 256 blocks. */
function chosen(away: number, serving = 0, bit = FAMILY_V4): number[] {
  const usable = tables.serverFamilies.slice()
  const ramp = new Uint16Array(4)
  if (away > 0) {
    usable[1]! |= FAMILY_V4 << WARMING_SHIFT
    ramp[1] = away
  }
  const out = newRouting()
  out.cluster = 0
  return BLOCKS.map(hash => {
    pick(tables, usable, ramp, 0, GROUP, serving, 1, bit, hash, out)
    expect(out.count).toBe(1)
    return out.servers[0]!
  })
}
const share = (picked: readonly number[]) => picked.filter(server => server === 1).length / picked.length

describe('slow start of a server inside its cluster', () => {
  it('gives it its share of the blocks little by little', () => {
    const whole = share(chosen(0))
    expect(whole).toBeCloseTo(0.25, 1)
    for (const away of [230, 128, 64]) expect(share(chosen(away)) / whole).toBeCloseTo(1 - away / 256, 1)
  })

  it('a block that it has taken stays, and no other block ever moves', () => {
    const whole = chosen(0)
    let before = chosen(230)
    for (let away = 230; away >= 0; away -= 10) {
      const now = chosen(away)
      now.forEach((server, block) => {
        if (before[block] === 1) expect(server).toBe(1)
        if (whole[block] !== 1) expect(server).toBe(whole[block])
      })
      before = now
    }
    expect(before).toEqual(whole)
  })

  it('is of one family alone, and a stand-in sits in its seat meanwhile', () => {
    expect(chosen(230, 0, FAMILY_V6)).toEqual(chosen(0, 0, FAMILY_V6))
    const position = tables.orderServers.indexOf(1)
    const standIn = tables.orderServers[position + 1]
    const seated = chosen(255, position + 1)
    expect(share(seated)).toBeLessThan(0.02)
    if (standIn !== undefined) expect(seated).toContain(standIn)
    expect(chosen(0, position + 1)).not.toContain(standIn)
  })
})
