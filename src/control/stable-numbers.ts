import type { Deployment } from '../model/deployment.ts'
import type { TableNumbers } from '../model/planner.ts'
import type { LogNames } from '../model/query-logs.ts'

/**
 * Numbers for ids of services and clusters, and for names of targets and zones, that never change while the process lives, so that a counter keeps its name over
 * reloads. Numbers are 0..65534, ids beyond that share the last one; those of zones have no end.
 */
export class StableNumbers {
  #services = new Numbering()
  #clusters = new Numbering()
  #targets = new Numbering()
  readonly #zones = new Map<string, number>()
  /** By number. */
  readonly #origins: string[] = []

  of(deployment: Deployment): Required<TableNumbers> {
    return {
      services: this.#services.of(deployment.services.map(service => service.id)),
      clusters: this.#clusters.of(deployment.clusters.map(cluster => cluster.id)),
      targets: this.#targets.of(deployment.services.flatMap(({ targets = [] }) => targets.map(({ cname }) => cname))),
    }
  }

  /** Those of tables that another process made, after reloads that this one knows nothing of; to be called before anything is counted. */
  adopt({ services, clusters, targets = {} }: TableNumbers): void {
    this.#services = new Numbering(services)
    this.#clusters = new Numbering(clusters)
    this.#targets = new Numbering(targets)
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
    return { services: this.#services.names(), clusters: this.#clusters.names() }
  }

  serviceId(number: number): string {
    return this.#services.name(number)
  }

  clusterId(number: number): string {
    return this.#clusters.name(number)
  }

  targetName(number: number): string {
    return this.#targets.name(number)
  }
}

const LAST = 65_534

class Numbering {
  readonly #numbers: Map<string, number>
  /** By number, with gaps where numbers were given by somebody else. */
  readonly #names: string[] = []

  constructor(held: Readonly<Record<string, number>> = {}) {
    this.#numbers = new Map(Object.entries(held))
    for (const [id, number] of this.#numbers) this.#names[number] ??= id
  }

  of(ids: readonly string[]): Record<string, number> {
    return Object.fromEntries(ids.map(id => [id, this.#numberOf(id)]))
  }

  name(number: number): string {
    return this.#names[number] ?? 'other'
  }

  names(): string[] {
    return Array.from(this.#names, name => name ?? 'other')
  }

  #numberOf(id: string): number {
    const held = this.#numbers.get(id)
    if (held !== undefined) return held
    const number = Math.min(this.#names.length, LAST)
    this.#numbers.set(id, number)
    this.#names[number] ??= id
    return number
  }
}
