import type { Block } from '../../route/block.ts'
import { measuredRow } from '../evidence.ts'
import type { World } from '../world.ts'

/**
 * Is what is known of the block now of another class than it was? Then nothing is held: an operator's word and a first measurement count at once,
 * and only more of the same must prove itself. `clusters`: the present and the new first choice.
 *
 *   its place, its network, who announces it or the operator's order has changed
 *   one of the two clusters is measured for the first time, or not any more
 *   the figure of one of the two was imported
 */
export function isOtherClass(
  then: World,
  before: Block,
  now: World,
  block: Block,
  clusters: readonly number[],
): boolean {
  if (JSON.stringify([before.place, before.fixed]) !== JSON.stringify([block.place, block.fixed])) return true
  for (let c = 0; c < block.ownIsp.length; c++) {
    if (before.ownIsp[c] !== block.ownIsp[c] || before.announced[c] !== block.announced[c]) return true
  }
  return clusters.some(c => isNewRow(then, before.measured[c]!, now, block.measured[c]!))
}

function isNewRow(then: World, rowThen: number, now: World, row: number): boolean {
  if (rowThen < 0 || row < 0) return rowThen >= 0 || row >= 0
  const [before, after] = [measuredRow(then.evidence, rowThen), measuredRow(now.evidence, row)]
  return after.source === 'import' && (after.measuredAt !== before.measuredAt || after.rttMs !== before.rttMs)
}
