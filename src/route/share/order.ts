import { hashText, mix32, mixPair } from '../../base/hash.ts'
import type { Target } from '../../model/service.ts'
import { SLOTS } from '../rows.ts'

/**
 * The targets for the blocks of one bucket, best first: weighted rendezvous hash, so that changing the weight of one moves only its share, and
 * taking one away moves only those that had it. Weight 0 is left out. Takes and returns positions in `targets`.
 */
export function targetOrder(targets: readonly Target[], admitted: readonly number[], bucket: number): number[] {
  const hash = mix32(bucket)
  const keys = targets.map(({ cname, weight }) => {
    const uniform = (mixPair(hash, hashText(cname)) + 0.5) / 2 ** 32
    return -Math.log(uniform) / weight
  })
  return admitted.filter(t => targets[t]!.weight > 0).sort((a, b) => keys[a]! - keys[b]! || a - b)
}

/**
 * As many of an order as a row has room for. One of them is of another CDN, if the order has any: of ours all may be down. `isOurs`: by position in
 * the service's list.
 */
export function targetSlots(order: readonly number[], isOurs: readonly boolean[]): readonly number[] {
  const best = order.slice(0, SLOTS)
  const other = order.find(target => !isOurs[target])
  return other === undefined || best.includes(other) ? best : [...best.slice(0, SLOTS - 1), other]
}
