import { type AddressBytes, parseAddress } from '../base/ip.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import type { Service } from '../model/service.ts'
import { staticVerdict } from '../route/candidates/admit.ts'
import { MOST_ANSWERS } from '../route/client.ts'
import { type LastWish, WHEN_ALL, WHEN_BACKUP, WHEN_LAST_GOOD, WHEN_SERVFAIL, WHEN_STATIC } from '../route/tables.ts'
import type { World } from './world.ts'

/** What the service wants when nothing is usable. A backup may not break the hard constraint. */
export function lastWish(service: Service, world: World): LastWish {
  const { whenAllDown } = service
  const address = staticAddress(service)
  if (address !== null)
    return { when: WHEN_STATIC, backup: 0, staticFamily: address.length === 4 ? FAMILY_V4 : FAMILY_V6 }
  const backup = whenAllDown.kind === 'backup' ? world.clusterIndex.get(whenAllDown.cluster) : undefined
  if (backup !== undefined && staticVerdict(service, world.sites, backup) !== 'excluded')
    return { when: WHEN_BACKUP, backup, staticFamily: 0 }
  return { when: PLAIN[whenAllDown.kind] ?? WHEN_ALL, backup: 0, staticFamily: 0 }
}

const PLAIN: Partial<Record<Service['whenAllDown']['kind'], number>> = {
  servfail: WHEN_SERVFAIL,
  'last-good': WHEN_LAST_GOOD,
}

/** null: none, or none that can be read. */
export function staticAddress({ whenAllDown }: Service): AddressBytes | null {
  return whenAllDown.kind === 'static' ? parseAddress(whenAllDown.address) : null
}

/** Addresses per reply, 1..8. Shares of answers are what `weighted` is about: one address each. */
export function answersOf(service: Service): number {
  return service.policy === 'weighted' ? 1 : Math.max(1, Math.min(MOST_ANSWERS, service.answers))
}
