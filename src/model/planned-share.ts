/** Share of the demand of a service, 0..1, that map and plan in force send to a cluster. */
export interface PlannedShare {
  readonly service: string
  readonly cluster: string
  readonly share: number
}

/** Pairs that are told of at most: services in the order of the configuration, of each the largest shares first. */
export const MOST_PLANNED_SHARES = 1000
