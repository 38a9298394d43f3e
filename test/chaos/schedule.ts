import { Dice } from '../fixture/mutate.ts'
import type { Blow, Member, Outage, Role } from './members.ts'

/**
 * One round of what happens to the cast:
 *
 *   edges       |-- calm --|------------------ down --------------------|
 *   machinery              |-- down --|   |-- down --|   |-- down --| ...
 *
 * Edges go down first, and in the calm everybody has time to learn of it; then the machinery is struck while they stay down.
 */
export interface Round {
  /** All of one cluster, and one edge of each of the others; in most rounds none. */
  readonly edges: readonly Outage[]
  /** One after the other. */
  readonly machinery: readonly (Outage & { readonly forMs: number })[]
}

/** Machinery outages of a round. */
export const A_ROUND = 4
/** Edges are struck in the first three rounds of so many: one that falls more often than every ten minutes or so is held down for flapping. */
const EDGE_ROUNDS = 3
const EDGE_CYCLE = 60

const SHORTEST_MS = 1_000
const LONGEST_MS = 2_000
const BLOWS: Readonly<Record<Role, readonly Blow[]>> = {
  nameserver: ['kill', 'freeze', 'restart'],
  redis: ['kill', 'freeze', 'restart'],
  prober: ['kill', 'freeze', 'restart'],
  monitor: ['kill', 'freeze', 'restart'],
  edge: ['kill', 'freeze', 'restart', 'sicken'],
}

/**
 * Rounds without end, the same for the same seed. Every member of the machinery is struck in turn, then every two that may be down together, then all
 * over again. Of each role at least one stays up; Redis, of which there is one, is the exception that the nameservers have to live with.
 */
export function* scheduleOf(members: readonly Member[], seed: number): Generator<Round, never> {
  const dice = new Dice(seed)
  const machinery = machineryOutages(members, dice)
  const struck = new Map<string, number>()
  const clusters = shuffled([...new Set(members.filter(isEdge).map(({ cluster }) => cluster!))], dice)
  const blows = new BlowCycle(dice)
  for (let round = 0; ; round++) {
    const whole = clusters[round % clusters.length]!
    const hit = clusters.flatMap(cluster => {
      const edges = members.filter(each => isEdge(each) && each.cluster === cluster)
      return cluster === whole ? edges : [leastStruck(edges, struck)]
    })
    const isEdgeRound = round % EDGE_CYCLE < EDGE_ROUNDS
    if (isEdgeRound) for (const { name } of hit) struck.set(name, (struck.get(name) ?? 0) + 1)
    yield {
      edges: (isEdgeRound ? [true, false] : []).map(inWhole => ({
        blow: blows.next(['edge']),
        members: hit.filter(({ cluster }) => (cluster === whole) === inWhole).map(({ name }) => name),
      })),
      machinery: Array.from({ length: A_ROUND }, () => {
        const targets = machinery.next().value
        return {
          blow: blows.next(targets.map(({ role }) => role)),
          members: targets.map(({ name }) => name),
          forMs: SHORTEST_MS + dice.below(LONGEST_MS - SHORTEST_MS + 1),
        }
      }),
    }
  }
}

/** Those that may be down together: at least one more of the role, if it has more than one, is left. */
export function pairsOf(members: readonly Member[]): (readonly [Member, Member])[] {
  const machinery = members.filter(each => !isEdge(each))
  const left = (role: Role) => machinery.filter(each => each.role === role).length - 2
  return machinery.flatMap((a, i) =>
    machinery
      .slice(i + 1)
      .filter(b => a.role !== b.role || left(a.role) > 0)
      .map(b => [a, b] as const),
  )
}

function* machineryOutages(members: readonly Member[], dice: Dice): Generator<readonly Member[], never> {
  const singles = members.filter(each => !isEdge(each)).map(each => [each])
  for (;;) {
    yield* shuffled(singles, dice)
    yield* shuffled(pairsOf(members), dice)
  }
}

/** Each role gets its blows in turn, in an order of the dice's: none is left out for long. */
class BlowCycle {
  readonly #order: Readonly<Record<Role, readonly Blow[]>>
  readonly #next = new Map<Role, number>()

  constructor(dice: Dice) {
    const entries = Object.entries(BLOWS).map(([role, blows]) => [role, shuffled(blows, dice)])
    this.#order = Object.fromEntries(entries) as Record<Role, readonly Blow[]>
  }

  next(roles: readonly Role[]): Blow {
    const role = roles[0]!
    const at = this.#next.get(role) ?? 0
    this.#next.set(role, at + 1)
    return this.#order[role][at % this.#order[role].length]!
  }
}

function leastStruck(edges: readonly Member[], struck: ReadonlyMap<string, number>): Member {
  const times = ({ name }: Member) => struck.get(name) ?? 0
  return edges.reduce((least, each) => (times(each) < times(least) ? each : least))
}

function shuffled<T>(list: readonly T[], dice: Dice): T[] {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = dice.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

const isEdge = ({ role }: Member): boolean => role === 'edge'
