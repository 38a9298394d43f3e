import { ALIKE_NETWORK } from '../route/score/alike.ts'
import { type Neighbours, neighboursOf } from './estimate/neighbours.ts'
import { measuredRow, seenRow } from './evidence.ts'
import type { Decision } from './recompute.ts'
import type { World } from './world.ts'

/**
 * What the RTT of cluster `c` is known from, the strongest evidence first, with how much of it there is and how old it is:
 *
 *   62 ms +-7: interpolated, 9 measured places 40-610 km + 3 clusters, mass 3.1; prior 88
 */
export function evidenceText(world: World, decision: Decision, c: number): string {
  const { sheet } = decision.bench
  const parts = [
    { share: sheet.ownShare[c]!, text: ownText(world, decision, c) },
    { share: sheet.alikeShare[c]!, text: alikeText(world, decision, c) },
    { share: 1 - sheet.measuredShare[c]!, text: placeText(world, decision, c) },
  ]
    .filter(({ text }) => text !== null)
    .sort((a, b) => b.share - a.share)
  const texts = parts.flatMap(({ share, text }, i) => {
    // What is wrong with the place is said even where nothing depends on it.
    if (i === 0 || !sheet.located) return [text]
    return share < 0.005 ? [] : [`${text} (counts ${Math.round(share * 100)} %)`]
  })
  if (!sheet.located && sheet.measuredShare[c] === 0) return texts.join('; ')
  return `${Math.round(sheet.rttMs[c]!)} ms +-${Math.round(sheet.sigmaMs[c]!)}: ${texts.join('; ')}`
}

/** null where the block itself was not measured from the cluster. */
function ownText({ evidence, input }: World, { block }: Decision, c: number): string | null {
  const at = block.measured[c]!
  if (at < 0) return null
  const row = measuredRow(evidence, at)
  const seen = seenRow(evidence, at)
  const age = (measuredAt: number): string => ageText(Math.max(0, input.asOf - measuredAt))
  const passive = seen === null ? '' : ` and, seen by edges, ${age(seen.measuredAt)} old`
  return `own RTT, ${age(row.measuredAt)} old${passive}, measured for /${row.prefix.length}`
}

/** null where nothing that was measured in its network counts. */
function alikeText({ estimates }: World, { bench, block }: Decision, c: number): string | null {
  const kind = bench.sheet.alikeKind[c]!
  if (kind === 0) return null
  const group = kind === ALIKE_NETWORK ? block.network : block.peers
  const blocks = estimates.groups.blocks[group]!
  return `${kind === ALIKE_NETWORK ? 'same prefix' : 'same network and metro'}, ${count(blocks, 'measured block')}`
}

/** What is known by the place alone, and by what the block's own RTTs say of its access. */
function placeText({ estimates }: World, { bench, block }: Decision, c: number): string {
  const { sheet } = bench
  if (sheet.anycast) return 'anycast: no one place has these RTTs'
  if (sheet.distrusted) return 'place distrusted'
  if (!sheet.located) return 'place unknown'
  const middle = block.place!.centroid ? ' (middle of the country)' : ''
  const { rows } = estimates
  const neighbours = rows.count === 0 ? null : neighboursOf(estimates, block.cell, c)
  const lifted = block.measured.some(row => row >= 0) ? ', with its own RTTs' : ''
  const prior = `prior ${Math.round(sheet.priorMs[c]!)}${middle}`
  if (neighbours !== null) return `${neighboursText(neighbours)}, mass ${sheet.mass[c]!.toFixed(1)}${lifted}; ${prior}`
  if (rows.count > 0 || lifted !== '') return `${prior}${rows.count > 0 ? ', access as around there' : ''}${lifted}`
  return `prior only${middle}`
}

function neighboursText({ cells, clusters, nearestKm, farthestKm }: Neighbours): string {
  const [from, to] = [Math.round(nearestKm), Math.round(farthestKm)]
  const range = from === to ? `${from} km` : `${from}-${to} km`
  if (cells === 0) return `mesh only, ${count(clusters, 'cluster')} ${range}`
  return `interpolated, ${count(cells, 'measured place')} ${range}${clusters > 0 ? ` + ${count(clusters, 'cluster')}` : ''}`
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

function ageText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
