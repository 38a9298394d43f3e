/** What a target showed last; times in ms that never go back. */
export interface Glance {
  readonly cluster: string
  /** End of the last check that said something; null: there was none. */
  readonly checkedAt: number | null
  /** End of the last that passed; null: none did. */
  readonly passedAt: number | null
  /** End of the first of the failures in a row that the last check belongs to; null: it passed. */
  readonly failingSince: number | null
}

/** Targets of a cluster that fail, of those that were checked since: then it is dark. */
const DARK_SHARE = 0.9
/** Fewer clusters may well fail at once. */
const FEWEST_DARK = 3
/** Of so many clusters and more one may be seen all the same: the one that the monitor stands in. */
const ONE_MAY_SHINE = 4
/** A network goes within so long; what failed before that is another matter. */
const ONE_MOMENT_MS = 5_000

/**
 * Whether a monitor still sees anything by one address family. Clusters fail one by one; where nearly all of several begin to fail at about the same moment,
 * it is the monitor's own network that has gone: it is blind, until it sees enough of them again.
 */
export class Sight {
  /** The first failure of the moment it went blind; null: it sees. */
  #blindSince: number | null = null

  get blindSince(): number | null {
    return this.#blindSince
  }

  /** Looks again; true where it is blind. */
  look(glances: readonly Glance[]): boolean {
    const onset = this.#blindSince ?? onsetOf(glances)
    this.#blindSince = onset !== null && isNight(glances, onset) ? onset : null
    return this.#blindSince !== null
  }
}

/** The first of the failures that began since any of those that fail was seen last; null without any. */
function onsetOf(glances: readonly Glance[]): number | null {
  const failing = glances.filter(({ failingSince }) => failingSince !== null)
  let seenAt = Number.NEGATIVE_INFINITY
  for (const { passedAt } of failing) if (passedAt !== null && passedAt > seenAt) seenAt = passedAt
  let first = Number.POSITIVE_INFINITY
  for (const { failingSince } of failing)
    if (failingSince! >= seenAt - ONE_MOMENT_MS && failingSince! < first) first = failingSince!
  return failing.length === 0 ? null : first
}

/** Targets that failed before, and those not checked since, say nothing. */
function isNight(glances: readonly Glance[], onset: number): boolean {
  const clusters = new Map<string, { failed: number; passed: number }>()
  for (const { cluster, checkedAt, failingSince } of glances) {
    if (checkedAt === null || checkedAt < onset || (failingSince !== null && failingSince < onset)) continue
    const counts = clusters.get(cluster) ?? { failed: 0, passed: 0 }
    clusters.set(cluster, counts)
    if (failingSince === null) counts.passed++
    else counts.failed++
  }
  const all = clusters.size
  const dark = [...clusters.values()].filter(({ failed, passed }) => failed >= DARK_SHARE * (failed + passed)).length
  const mayShine = all < ONE_MAY_SHINE ? 0 : Math.max(1, Math.floor(all / 10))
  return dark >= FEWEST_DARK && all - dark <= mayShine
}
