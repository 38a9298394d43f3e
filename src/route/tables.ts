import type { Arena } from '../base/arena.ts'

/** The compiled maps of one generation, read by offset. */
export class RouteTables {
  readonly generation: number
  readonly clusterCount: number
  readonly serverCount: number
  readonly serviceCount: number

  private constructor(arena: Arena) {
    const meta = arena.json<{ generation: number; clusters: string[]; servers: string[]; services: string[] }>(
      'route.meta',
    )
    this.generation = meta.generation
    this.clusterCount = meta.clusters.length
    this.serverCount = meta.servers.length
    this.serviceCount = meta.services.length
  }

  static open(arena: Arena): RouteTables {
    return new RouteTables(arena)
  }

  /** Seconds that addresses of the service live. */
  serviceTtl(_service: number): number {
    return 30
  }

  /** Addresses per reply, 1..8. */
  answers(_service: number): number {
    return 1
  }

  /** Number of the service id that outlives reloads; for counters. */
  stableService(service: number): number {
    return service
  }

  /** Number of the cluster id that outlives reloads; for counters. */
  stableCluster(cluster: number): number {
    return cluster
  }
}
