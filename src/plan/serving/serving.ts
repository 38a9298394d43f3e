import type { Millis } from '../../base/brand.ts'
import { millis } from '../../base/brand.ts'
import type { Server } from '../../model/cluster.ts'

/** Room above the mean that each server has before it is at its target: Mirrokni et al. 2018, consistent hashing with bounded loads, c = 1.25. */
export const HEADROOM = 1.25
/** What was needed at any time of the last such window is kept. */
export const WINDOW_MS = 5 * 60_000
/** At the end of a window at most this share of the servers leaves, one at least: their caches go cold. */
const MOST_LEAVE = 0.1
/** A load that is this much higher would be news: nothing leaves that it would call back at once. */
const MARGIN = 1.1

/** How many servers, the first in the order of a group of CDN names, serve these names: by number of the order group. A missing group: all. */
export type Serving = Readonly<Record<string, number>>

export interface ServingInput {
  readonly servers: readonly Server[]
  /** Positions in `servers` in the order of a group of names, see `serverOrder`. */
  readonly order: (group: number) => ArrayLike<number>
  /** Soft limit of the cluster, in the unit of `load`, > 0. */
  readonly target: number
  /** null: unknown. */
  readonly load: number | null
  /** Share of the cluster's answers by order group, 0..1 each and together. */
  readonly shares: ReadonlyMap<number, number>
  /** As planned last. */
  readonly before: Serving
}

/** What is remembered of one cluster between two plans. Nothing is lost with it but patience: servers stay a window longer. */
export interface ServingMemory {
  /** When the window began. */
  readonly since: Millis
  /** Most that was needed in it, with the margin. */
  readonly peaks: Serving
}

/**
 * How many servers of one cluster serve each group of names: enough that each is at 1/{@link HEADROOM} of its target at most, and, since several
 * names may meet on one server, that none is above its target, or above {@link HEADROOM} x the mean where the mean is that high. Grows at
 * once, shrinks by a tenth per window. Without a load all serve everything.
 */
export function planServing(
  input: ServingInput,
  memory: ServingMemory | null,
  now: Millis,
): { readonly serving: Serving; readonly memory: ServingMemory | null } {
  const { load, servers } = input
  if (load === null || servers.length < 2 || !(input.target > 0)) return { serving: {}, memory: null }
  const needed = neededServers(input, load)
  const wanted = neededServers(input, load * MARGIN)
  const over = memory === null || now - memory.since >= WINDOW_MS || now < memory.since
  const serving: Record<string, number> = {}
  const peaks: Record<string, number> = {}
  for (const [group, least] of needed) {
    const before = input.before[group]
    const peak = Math.max(memory?.peaks[group] ?? 0, wanted.get(group)!)
    serving[group] =
      before === undefined ? least : Math.max(least, over && memory !== null ? lessOf(before, peak) : before)
    peaks[group] = over ? wanted.get(group)! : peak
  }
  return { serving: clamped(serving, servers.length), memory: { since: over ? now : millis(memory.since), peaks } }
}

/** The next smaller number on the way from `before` down to `peak`. */
function lessOf(before: number, peak: number): number {
  return Math.max(Math.min(before, peak), before - Math.max(1, Math.floor(before * MOST_LEAVE)))
}

function clamped(serving: Record<string, number>, most: number): Serving {
  for (const group of Object.keys(serving)) serving[group] = Math.min(serving[group]!, most)
  return serving
}

/** One group of names on its way to its number: `reach[k - 1]` is the weight of its first k servers together. */
interface Walk {
  readonly group: number
  readonly load: number
  /** Position of each server in its order. */
  readonly position: Uint16Array
  readonly reach: Float64Array
  serving: number
}

function neededServers({ servers, order, target, shares }: ServingInput, load: number): Map<number, number> {
  const walks = [...shares]
    .filter(([, share]) => share > 0)
    .sort(([a], [b]) => a - b)
    .map(([group, share]) => walkOf(servers, group, order(group), load * share, target))
  bound(walks, servers, target, load)
  return new Map(walks.map(({ group, serving }) => [group, serving]))
}

function walkOf(
  servers: readonly Server[],
  group: number,
  order: ArrayLike<number>,
  load: number,
  target: number,
): Walk {
  const position = new Uint16Array(order.length)
  const reach = new Float64Array(order.length)
  let sum = 0
  for (let at = 0; at < order.length; at++) {
    position[order[at]!] = at
    sum += servers[order[at]!]!.weight
    reach[at] = sum
  }
  const wanted = (HEADROOM * load * sum) / target
  const enough = reach.findIndex(weight => weight >= wanted * (1 - 1e-9))
  return { group, load, position, reach, serving: enough < 0 ? order.length : enough + 1 }
}

/** While a server carries too much, the name that weighs most on it is spread wider, by a quarter. Ends: with all of all names all carry the same. */
function bound(walks: readonly Walk[], servers: readonly Server[], target: number, load: number): void {
  const total = servers.reduce((sum, { weight }) => sum + weight, 0)
  // Loads below are per weight, so that one bound holds for all servers.
  const most = (Math.max(target, HEADROOM * load) / total) * (1 + 1e-9)
  const carried = new Float64Array(servers.length)
  for (const walk of walks) carry(walk, carried, 1)
  for (let server = worst(carried); carried[server]! > most; server = worst(carried)) {
    const heaviest = heaviestOn(walks, server)
    if (heaviest === null) return
    carry(heaviest, carried, -1)
    heaviest.serving = Math.min(servers.length, heaviest.serving + Math.max(1, heaviest.serving >> 2))
    carry(heaviest, carried, 1)
  }
}

const perWeight = ({ load, reach, serving }: Walk): number => load / reach[serving - 1]!

function carry(walk: Walk, carried: Float64Array, sign: 1 | -1): void {
  const each = sign * perWeight(walk)
  for (let server = 0; server < carried.length; server++)
    if (walk.position[server]! < walk.serving) carried[server]! += each
}

function worst(carried: Float64Array): number {
  let at = 0
  for (let server = 1; server < carried.length; server++) if (carried[server]! > carried[at]!) at = server
  return at
}

/** null: every name on the server is spread over all. */
function heaviestOn(walks: readonly Walk[], server: number): Walk | null {
  let heaviest: Walk | null = null
  for (const walk of walks) {
    if (walk.position[server]! >= walk.serving || walk.serving === walk.reach.length) continue
    if (heaviest === null || perWeight(walk) > perWeight(heaviest)) heaviest = walk
  }
  return heaviest
}
