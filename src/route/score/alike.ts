import type { Block, MeasuredTable } from '../block.ts'
import { LEAST_SIGMA_MS } from './measured.ts'

/** Kinds of measured blocks that are like an unmeasured one, the most alike first. */
export const ALIKE_NETWORK = 1
export const ALIKE_PEERS = 2

/** How far the RTT of a block may be from that of others in its routed network, or in its autonomous system and metro; a share of the RTT. */
const SIGMA: Readonly<Record<number, number>> = { [ALIKE_NETWORK]: 0.15, [ALIKE_PEERS]: 0.3 }

/** The columns of the score sheet that this reads and fills, by cluster. */
interface Estimate {
  readonly located: boolean
  readonly rttMs: Float64Array
  readonly sigmaMs: Float64Array
  readonly alikeShare: Float64Array
  readonly alikeKind: Uint8Array
}

/**
 * Joins what is measured in the block's network to the estimates, cluster by cluster, where it is better than they are (ROUTING section 4). The
 * blocks of one routed network are among those of its autonomous system: they stand for both.
 */
export function joinAlike(block: Block, measured: MeasuredTable, sheet: Estimate): void {
  if (block.network !== 0) joinGroup(block, block.network, ALIKE_NETWORK, measured, sheet)
  // Whose place is wrong is in no metro that one knows.
  if (block.peers !== 0 && sheet.located) joinGroup(block, block.peers, ALIKE_PEERS, measured, sheet)
}

function joinGroup(block: Block, group: number, kind: number, { estimates }: MeasuredTable, sheet: Estimate): void {
  const { alikeAt, alikeCluster, alikeMs } = estimates
  for (let i = alikeAt[group]!; i < alikeAt[group + 1]!; i++) {
    const c = alikeCluster[i]!
    // The median may well be of the block's own RTT.
    if (block.measured[c]! >= 0) continue
    const rtt = alikeMs[i]!
    const sigma = SIGMA[kind]! * rtt + LEAST_SIGMA_MS
    if (sheet.alikeKind[c] !== 0 || sigma >= sheet.sigmaMs[c]!) continue
    const others = sheet.sigmaMs[c]! ** -2
    const own = sigma ** -2
    const share = own / (own + others)
    sheet.rttMs[c] = share * rtt + (1 - share) * sheet.rttMs[c]!
    sheet.sigmaMs[c] = 1 / Math.sqrt(own + others)
    sheet.alikeShare[c] = share
    sheet.alikeKind[c] = kind
  }
}
