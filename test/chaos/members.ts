export type Role = 'nameserver' | 'redis' | 'prober' | 'monitor' | 'edge'

/** One process of the cast. */
export interface Member {
  readonly name: string
  readonly role: Role
  /** Of edges, probers: the cluster that it is part of. */
  readonly cluster?: string
}

/** kill: SIGKILL; freeze: SIGSTOP, then SIGCONT; restart: SIGTERM; sicken: an edge that answers its health checks with 503. */
export type Blow = 'kill' | 'freeze' | 'restart' | 'sicken'

/** Some members are down together, all in the same way. */
export interface Outage {
  readonly blow: Blow
  /** Names. */
  readonly members: readonly string[]
}
