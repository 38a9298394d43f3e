import type { Measurement } from '../model/measurement.ts'

/** Names of clusters that are remembered as told; whoever invents more is not told of. */
const MOST_NAMES = 100

/** Counts measurements that name a cluster which is not configured, and says so once for each name: a prober goes by another configuration. */
export class UnknownClusters {
  readonly #isKnown: (cluster: string) => boolean
  readonly #log: (level: 'warn', message: string) => void
  readonly #told = new Set<string>()
  /** Since the start; a row that is delivered twice counts twice. */
  rows = 0

  constructor(isKnown: (cluster: string) => boolean, log: (level: 'warn', message: string) => void) {
    this.#isKnown = isKnown
    this.#log = log
  }

  notice(rows: readonly Measurement[]): void {
    let last = ''
    let known = true
    for (const { cluster } of rows) {
      // Rows of one cluster come together.
      if (cluster !== last) {
        last = cluster
        known = this.#isKnown(cluster)
        if (!known) this.#tell(cluster)
      }
      if (!known) this.rows++
    }
  }

  #tell(cluster: string): void {
    if (this.#told.has(cluster) || this.#told.size >= MOST_NAMES) return
    this.#told.add(cluster)
    this.#log(
      'warn',
      `measurements name the cluster ${JSON.stringify(cluster)}, which is not configured: they count for nothing`,
    )
  }
}
