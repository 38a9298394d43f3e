import type { Service } from '../../model/service.ts'
import type { Block } from '../block.ts'
import type { Sites } from '../sites.ts'

/** Why a cluster of the service is no candidate, whoever asks. */
export type StaticVerdict = 'eligible' | 'no-content' | 'excluded'

/** Filters that do not depend on the block: the hard constraint first, since nothing overrules it (ROUTING section 3). */
export function staticVerdict(service: Service, sites: Pick<Sites, 'clusters'>, cluster: number): StaticVerdict {
  const { location, content } = sites.clusters[cluster]!
  const countries = service.only?.countries
  if (countries !== undefined && (location.country === undefined || !countries.includes(location.country)))
    return 'excluded'
  if (service.content !== undefined && content !== undefined && !content.includes(service.content)) return 'no-content'
  return 'eligible'
}

/** May the cluster serve this block? Embedded clusters and those with announced prefixes serve only their own. */
export function serves(block: Block, sites: Sites, cluster: number): boolean {
  return sites.restricted[cluster] === 0 || block.ownIsp[cluster] === 1 || block.announced[cluster] === 1
}

/** Writes those of `eligible` that may serve the block to the front of `out` and returns how many. */
export function admit(eligible: Int32Array, block: Block, sites: Sites, out: Int32Array): number {
  let count = 0
  for (let i = 0; i < eligible.length; i++) {
    if (serves(block, sites, eligible[i]!)) out[count++] = eligible[i]!
  }
  return count
}
