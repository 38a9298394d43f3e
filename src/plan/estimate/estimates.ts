import type { Millis } from '../../base/brand.ts'
import type { MeshRtt } from '../../model/estimates.ts'
import type { Place } from '../../model/place.ts'
import type { EstimateTable } from '../../route/estimates.ts'
import type { Sites } from '../../route/sites.ts'
import { countedRows, type Measurements } from '../counted-rows.ts'
import { surveyedBlocks } from './blocks.ts'
import { type Cells, cellsOf } from './cells.ts'
import { type Groups, gatherGroups, type NetworkOf } from './groups.ts'
import { Finder, interpolateCells } from './interpolate.ts'
import { meshOf } from './mesh.ts'
import { joinMesh, probedMesh } from './probed-mesh.ts'
import { gatherRows, type Rows } from './rows.ts'
import { judge } from './violations.ts'
import type { Whereabouts } from './whereabouts.ts'

/** What was measured when the leader took stock, and the AS database's view of it. */
export interface SurveyedRows {
  readonly measurements: Measurements
  readonly networkOf: NetworkOf
}

/**
 * What measurements say of blocks that nobody measured (ROUTING section 4):
 *
 *   measurements of a survey -> measured blocks -> held against light -> medians of cells \
 *                 |                                   |     mesh of the clusters ---------- rows -> every cell by its 12 nearest
 *                 +--> of other clusters' leaves -----|------> /
 *                                                     +--> groups of one network, of one network in one metro
 */
export interface Estimates {
  readonly table: EstimateTable
  readonly cells: Cells
  readonly rows: Rows
  /** Finds the rows nearest to a point. */
  readonly finder: Finder
  readonly groups: Groups
  /** Measured blocks; of these: whose place light contradicts, and which are in several places at once. */
  readonly blocks: number
  readonly astray: number
  readonly anycast: number
  /** Ids of the clusters whose coordinates are wrong. */
  readonly misplaced: readonly string[]
}

export interface EstimateInput extends Whereabouts {
  readonly places: readonly Place[]
  readonly sites: Sites
  readonly clusterIndex: ReadonlyMap<string, number>
  /** What the operator knows; what probers measured goes before it. */
  readonly mesh: readonly MeshRtt[]
  /** Which cluster stands in a leaf (model/server-leaves). */
  readonly owners: ReadonlyMap<string, string>
  /** null: there was no survey. */
  readonly surveyed: SurveyedRows | null
  readonly asOf: Millis
}

/** Pure: the same survey gives the same tables on every nameserver, in whatever order its measurements came. */
export function estimate(input: EstimateInput): Estimates {
  const { places, sites, clusterIndex, surveyed } = input
  const cells = cellsOf(places)
  const measured = countedRows(surveyed?.measurements ?? [], clusterIndex, input.asOf)
  const blocks = surveyedBlocks(measured, input, places, cells, input.asOf)
  const probed = probedMesh(measured, input.owners, [...clusterIndex.keys()], input.asOf)
  const mesh = meshOf(joinMesh(input.mesh, probed), clusterIndex)
  const verdicts = judge(blocks, mesh, sites)
  const rows = gatherRows(blocks, verdicts, mesh, cells, sites)
  const groups = gatherGroups(blocks, verdicts, cells, sites.clusters.length, surveyed?.networkOf ?? (() => null))
  const finder = new Finder(rows.points)
  const { alikeAt, alikeCluster, alikeMs } = groups
  return {
    table: { ...interpolateCells(rows, finder, cells), alikeAt, alikeCluster, alikeMs, misplaced: verdicts.misplaced },
    cells,
    rows,
    finder,
    groups,
    blocks: blocks.length,
    astray: blocks.filter((block, i) => block.place !== null && verdicts.astray[i] === 1).length,
    anycast: verdicts.anycast.reduce((sum, one) => sum + one, 0),
    misplaced: sites.clusters.filter((_, c) => verdicts.misplaced[c] === 1).map(({ id }) => id),
  }
}
