import { hashText, mix32, mixPair } from '../../base/hash.ts'
import type { Target } from '../../model/service.ts'

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
