import { HELD_ABOVE } from '../../src/plan/health/penalty.ts'
import { Dice } from '../fixture/mutate.ts'
import type { Blow, Member, Outage, Role } from './members.ts'

/**
 * One round of what happens to the cast:
 *
 *   edges       |-- down ------------------------------------------------------|
 *   probers         |-- down --|
 *   machinery   |--- calm ----|-- down --|   |-- down --|   |-- down --|
 *   partner                   |-- down -------------------------------- ... --- calm of the next round --|
 *
 * Edges go down first, and in the calm everybody has time to learn of it; only probers are struck then, from whom nobody learns it. After that the machinery
 * is struck while they stay down; with one of its outages falls one more edge, at the same moment.
 */
export interface Round {
  /** All of one cluster, and one edge of each of the others; in most rounds none. */
  readonly edges: readonly Outage[]
  readonly probers: TimedOutage
  /** One after the other. */
  readonly machinery: readonly MachineryOutage[]
}

export interface TimedOutage extends Outage {
  readonly forMs: number
}

export interface MachineryOutage extends TimedOutage {
  /** An edge that falls with it and stays down until the calm of the next round is over; null in most. */
  readonly partner: string | null
}

/** Machinery outages of a round. */
export const A_ROUND = 3
/** Edges fall in groups in the first three rounds of so many, if they may fall again. */
const EDGE_ROUNDS = 3
const EDGE_CYCLE = 120
/** After the first rounds an edge falls with the machinery every so many rounds. */
const PARTNER_EVERY = 25

/** What a fall adds to the penalty of a server; half of it fades in ten minutes, which is fewer rounds than these. */
const A_FALL = 1_000
const HALF_LIFE_ROUNDS = 100

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
  const lengthMs = () => SHORTEST_MS + dice.below(LONGEST_MS - SHORTEST_MS + 1)
  const machinery = machineryTargets(members, dice)
  const probers = shuffled(members.filter(isProber), dice)
  const partnerRoles = shuffled<Role>(['nameserver', 'redis', 'monitor'], dice)
  const edges = new Edges(members.filter(isEdge), dice)
  const blows = new BlowCycle(dice)
  for (let round = 0, partners = 0; ; round++) {
    const isEdgeRound = round % EDGE_CYCLE < EDGE_ROUNDS
    const groups = isEdgeRound ? edges.groups(round) : []
    const targets = Array.from({ length: A_ROUND }, () => machinery.next().value)
    const partner = isEdgeRound || round % PARTNER_EVERY === 0 ? edges.partner(round, groups.flat()) : null
    const wanted = partnerRoles[partners % partnerRoles.length]!
    const at = Math.max(
      0,
      targets.findIndex(each => each[0]!.role === wanted),
    )
    if (partner !== null) partners++
    yield {
      edges: groups.map(group => ({ blow: blows.next(['edge']), members: group })),
      probers: {
        ...{ blow: blows.next(['prober']), members: [probers[round % probers.length]!.name], forMs: lengthMs() },
      },
      machinery: targets.map((each, i) => ({
        blow: blows.next(each.map(({ role }) => role)),
        members: each.map(({ name }) => name),
        forMs: lengthMs(),
        partner: i === at ? partner : null,
      })),
    }
  }
}

/** Chooses edges that may fall: those that would not be held down for flapping. */
class Edges {
  readonly #edges: readonly Member[]
  readonly #clusters: readonly string[]
  readonly #falls = new Map<string, { readonly penalty: number; readonly round: number }>()
  /** Fell in the round before and is down yet. */
  #down: string | null = null
  #turn = 0

  constructor(edges: readonly Member[], dice: Dice) {
    this.#edges = edges
    this.#clusters = shuffled([...new Set(edges.map(({ cluster }) => cluster!))], dice)
  }

  /** All of one cluster, and one of each of the others; none when no cluster may fall as a whole. */
  groups(round: number): string[][] {
    const order = this.#clusters.map((_, i) => this.#clusters[(this.#turn + i) % this.#clusters.length]!)
    const whole = order.find(cluster => this.#of(cluster).every(name => this.#mayFall(name, round)))
    if (whole === undefined) return []
    this.#turn = this.#clusters.indexOf(whole) + 1
    const others = this.#clusters.filter(cluster => cluster !== whole)
    const ones = others.flatMap(cluster => this.#leastStruck(this.#of(cluster), round) ?? [])
    const groups = [this.#of(whole), ones]
    for (const name of groups.flat()) this.#fall(name, round)
    return groups
  }

  /** One that is not down; null: none may fall. */
  partner(round: number, down: readonly string[]): string | null {
    const up = this.#edges.map(({ name }) => name).filter(name => !down.includes(name))
    const name = this.#leastStruck(up, round)
    this.#down = name
    if (name !== null) this.#fall(name, round)
    return name
  }

  #of(cluster: string): string[] {
    return this.#edges.filter(each => each.cluster === cluster).map(({ name }) => name)
  }

  #leastStruck(names: readonly string[], round: number): string | null {
    const able = names.filter(name => this.#mayFall(name, round))
    const penalty = (name: string) => this.#penalty(name, round)
    return able.reduce<string | null>(
      (least, name) => (least === null || penalty(name) < penalty(least) ? name : least),
      null,
    )
  }

  #mayFall(name: string, round: number): boolean {
    return name !== this.#down && this.#penalty(name, round) + A_FALL <= HELD_ABOVE
  }

  #fall(name: string, round: number): void {
    this.#falls.set(name, { penalty: this.#penalty(name, round) + A_FALL, round })
  }

  #penalty(name: string, round: number): number {
    const last = this.#falls.get(name)
    return last === undefined ? 0 : last.penalty * 2 ** ((last.round - round) / HALF_LIFE_ROUNDS)
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

/** Probers alone are struck in the calm. */
function* machineryTargets(members: readonly Member[], dice: Dice): Generator<readonly Member[], never> {
  const singles = members.filter(each => !isEdge(each) && !isProber(each)).map(each => [each])
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

function shuffled<T>(list: readonly T[], dice: Dice): T[] {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = dice.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

const isEdge = ({ role }: Member): boolean => role === 'edge'
const isProber = ({ role }: Member): boolean => role === 'prober'
