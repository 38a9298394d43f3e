import { comparePrefix, type Prefix } from '../../base/prefix.ts'
import { type RangeTable, rangesOfPrefixes } from '../../base/range-table.ts'
import type { EstimateTable } from '../../route/estimates.ts'
import { hasSiblings, type SurveyedBlock } from './blocks.ts'
import type { Cells } from './cells.ts'
import { Medians } from './median.ts'
import type { Verdicts } from './violations.ts'

/** The routed network around a prefix, as the AS database has it; null: unknown. */
export type NetworkOf = (prefix: Prefix) => Prefix | null

/** Measured blocks that are like others, and whom they speak for. */
export interface Groups extends Pick<EstimateTable, 'alikeAt' | 'alikeCluster' | 'alikeMs'> {
  /** Group of each leaf by its routed network, 0 = none. */
  readonly networks: RangeTable
  /** Autonomous systems with measured blocks -> their numbers, from 1. */
  readonly systems: ReadonlyMap<number, number>
  /** Group of blocks in system `system` (its number) and cell `cell`, 0 = none. */
  peers(system: number, cell: number): number
  /** By group: how many measured blocks are in it. */
  readonly blocks: Uint32Array
}

/** Groups what was measured by routed network, and by autonomous system and metro. */
export function gatherGroups(
  blocks: readonly SurveyedBlock[],
  { astray, anycast }: Verdicts,
  cells: Cells,
  clusters: number,
  networkOf: NetworkOf,
): Groups {
  const medians = new Medians(clusters)
  const sizes: number[] = [0]
  const add = (group: number, block: SurveyedBlock): void => {
    sizes[group]!++
    block.clusters.forEach((c, k) => {
      medians.add(group, c, block.rttMs[k]!)
    })
  }
  const networks: { prefix: Prefix; value: number }[] = []
  const systems = new Map<number, number>()
  const peers = new Map<number, number>()
  blocks.forEach((block, i) => {
    if (anycast[i] === 1) return
    const prefix = networkOf(block.prefix)
    if (prefix !== null && hasSiblings(block.prefix, prefix.length)) {
      // Blocks come by address, so those of one network come one after the other.
      const last = networks.at(-1)
      const known = last !== undefined && comparePrefix(last.prefix, prefix) === 0
      const value = known ? last.value : sizes.push(0) - 1
      if (!known) networks.push({ prefix, value })
      add(value, block)
    }
    if (astray[i] === 1 || block.asn === 0) return
    const system = numbered(systems, block.asn, () => systems.size + 1)
    add(
      numbered(peers, system * cells.count + block.cell, () => sizes.push(0) - 1),
      block,
    )
  })
  return {
    networks: rangesOfPrefixes(networks),
    systems,
    peers: (system, cell) => (system === 0 || cell < 0 ? 0 : (peers.get(system * cells.count + cell) ?? 0)),
    blocks: Uint32Array.from(sizes),
    ...columnsOf(medians, sizes.length),
  }
}

function numbered(numbers: Map<number, number>, key: number, next: () => number): number {
  const known = numbers.get(key)
  if (known !== undefined) return known
  const number = next()
  numbers.set(key, number)
  return number
}

function columnsOf(medians: Medians, groups: number): Pick<EstimateTable, 'alikeAt' | 'alikeCluster' | 'alikeMs'> {
  const alikeAt = new Uint32Array(groups + 1)
  const clusters: number[] = []
  const rtts: number[] = []
  medians.read((group, cluster, rttMs) => {
    clusters.push(cluster)
    alikeAt[group + 1] = rtts.push(rttMs)
  })
  for (let group = 1; group <= groups; group++) alikeAt[group] = Math.max(alikeAt[group]!, alikeAt[group - 1]!)
  return { alikeAt, alikeCluster: Uint16Array.from(clusters), alikeMs: Float32Array.from(rtts) }
}
