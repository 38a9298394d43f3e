import type { Deployment } from '../model/deployment.ts'
import type { LogNames } from '../model/query-logs.ts'

/**
 * Numbers for ids of services and clusters, and for names of targets and zones, that never change while the process lives, so that a counter keeps its name over
 * reloads. Numbers are 0..65534, ids beyond that share the last one; those of zones have no end.
 */
export class StableNumbers {
  readonly #services = new Map<string, number>()
  readonly #clusters = new Map<string, number>()
  readonly #targets = new Map<string, number>()
  readonly #zones = new Map<string, number>()
  /** By number. */
  readonly #origins: string[] = []

  of(deployment: Deployment): Record<'services' | 'clusters' | 'targets', Record<string, number>> {
    const numbers = (known: Map<string, number>, ids: readonly string[]) =>
      Object.fromEntries(ids.map(id => [id, numberOf(known, id)]))
    return {
      services: numbers(
        this.#services,
        deployment.services.map(service => service.id),
      ),
      clusters: numbers(
        this.#clusters,
        deployment.clusters.map(cluster => cluster.id),
      ),
      targets: numbers(
        this.#targets,
        deployment.services.flatMap(({ targets = [] }) => targets.map(({ cname }) => cname)),
      ),
    }
  }

  /** Of each zone, in the order given. */
  ofZones(origins: readonly string[]): Uint32Array {
    return Uint32Array.from(origins, origin => {
      const held = this.#zones.get(origin)
      if (held !== undefined) return held
      this.#zones.set(origin, this.#origins.length)
      return this.#origins.push(origin) - 1
    })
  }

  zoneOrigin(number: number): string {
    return this.#origins[number] ?? 'other'
  }

  /** All that have a number, by number. */
  names(): LogNames {
    return { services: [...this.#services.keys()], clusters: [...this.#clusters.keys()] }
  }

  serviceId(number: number): string {
    return nameOf(this.#services, number)
  }

  clusterId(number: number): string {
    return nameOf(this.#clusters, number)
  }

  targetName(number: number): string {
    return nameOf(this.#targets, number)
  }
}

function numberOf(known: Map<string, number>, id: string): number {
  const held = known.get(id)
  if (held !== undefined) return held
  const number = Math.min(known.size, 65534)
  known.set(id, number)
  return number
}

function nameOf(known: Map<string, number>, number: number): string {
  for (const [id, held] of known) if (held === number) return id
  return 'other'
}
