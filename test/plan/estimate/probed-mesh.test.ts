import { describe, expect, it } from 'vitest'
import type { Measurement } from '../../../src/model/measurement.ts'
import { ownersOfLeaves } from '../../../src/model/server-leaves.ts'
import { countedRows } from '../../../src/plan/counted-rows.ts'
import { probedMesh } from '../../../src/plan/estimate/probed-mesh.ts'
import { openWorld } from '../../../src/plan/world.ts'
import { measurement, NOW } from '../../route/fixture.ts'
import { inventInternet } from './internet.ts'
import { inputOf } from './quality.ts'

const servers = (...addresses: string[]) => addresses.map((ipv4, i) => ({ id: `s${i}`, ipv4, weight: 1 }))
const CLUSTERS = [
  { id: 'a', servers: servers('9.0.1.1', '9.0.1.2') },
  { id: 'b', servers: [...servers('9.0.2.1', '9.0.3.1'), { id: 'six', ipv6: '2001:500::1', weight: 1 }] },
  { id: 'c', servers: servers('9.0.4.1', '9.0.5.1') },
  { id: 'd', servers: servers('9.0.5.2') },
]
const IDS = CLUSTERS.map(({ id }) => id)

function mesh(...rows: readonly Measurement[]) {
  const index = new Map(IDS.map((id, i) => [id, i]))
  const found = probedMesh(countedRows(rows, index, NOW), ownersOfLeaves(CLUSTERS), IDS, NOW)
  return found.map(({ from, to, rttMs }) => `${from} ${to} ${rttMs}`).sort()
}

describe('the mesh', () => {
  it('is what was measured of leaves in which other clusters stand', () => {
    expect(mesh(measurement('9.0.1.0/24', 'b', 30), measurement('9.0.2.0/24', 'a', 31))).toEqual(['a b 31', 'b a 30'])
  })

  it('the least of several leaves of one cluster, whatever the family', () => {
    const rows = [
      measurement('9.0.2.0/24', 'a', 31),
      measurement('9.0.3.0/24', 'a', 29),
      measurement('2001:500::/56', 'a', 35),
    ]
    expect(mesh(...rows)).toEqual(['a b 29'])
  })

  it('is nothing that a cluster measured of itself, of a leaf that two share, of a wider block, or of clients', () => {
    expect(
      mesh(
        measurement('9.0.1.0/24', 'a', 1),
        measurement('9.0.5.0/24', 'a', 40),
        measurement('9.0.0.0/16', 'a', 20),
        measurement('8.8.8.0/24', 'a', 20),
      ),
    ).toEqual([])
  })
})

describe('what is expected of places that nobody measured', () => {
  const internet = inventInternet(3, 8)
  const clusters = internet.clusters.map((cluster, c) => ({ ...cluster, servers: servers(`100.100.${c}.1`) }))
  const rows = internet.mesh.map(({ from, to, rttMs }) =>
    measurement(`100.100.${to.slice(1)}.0/24`, from, rttMs, { source: 'probe' }),
  )
  const tableOf = (measurements: readonly Measurement[], configured: typeof internet.mesh) =>
    openWorld(inputOf({ ...internet, clusters }, measurements, configured)).estimates.table

  it('is the same from probes of the mesh as from a file of it', () => {
    expect(tableOf(rows, [])).toEqual(tableOf([], internet.mesh))
    expect(tableOf(rows, [])).not.toEqual(tableOf([], []))
  })

  it('goes by the probes where the file says something else', () => {
    const wrong = internet.mesh.map(row => ({ ...row, rttMs: row.rttMs * 2 }))
    expect(tableOf(rows, wrong)).toEqual(tableOf([], internet.mesh))
    // An RTT is the same both ways: one prober of two is enough.
    const oneWay = rows.filter(({ prefix, cluster }) => ((prefix.hi >>> 8) & 255) > Number(cluster.slice(1)))
    expect(tableOf(oneWay, wrong)).toEqual(tableOf(oneWay, []))
  })
})
