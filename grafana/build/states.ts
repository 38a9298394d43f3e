import type { Options } from './panel.ts'

/** Words of the values that {@link CLUSTER_STATE} gives. */
export const STATES: NonNullable<Options['words']> = [
  [0, 'unknown', 'blue'],
  [1, 'up', 'green'],
  [2, 'degraded', 'orange'],
  [3, 'down', 'red'],
]

/** Health as a number, by cluster: a thing with states has one series per state, of which one is 1. The worst that a nameserver believes. */
export const CLUSTER_STATE = (matchers: string): string => asNumber('kingcdn_cluster_state', 'cluster', matchers)
/** The same by cluster and address family. */
export const FAMILY_STATE = (matchers: string): string =>
  asNumber('kingcdn_cluster_family_state', 'cluster, family', matchers)

const asNumber = (metric: string, by: string, matchers: string): string =>
  `max by (${by}) (${[
    ['unknown', 0],
    ['up', 1],
    ['degraded', 2],
    ['down', 3],
  ]
    .map(([state, number]) => `${metric}{${matchers},state="${state}"} * ${number}`)
    .join(' or ')})`
