import { signedMixPair } from '../../base/hash.ts'
import { REASONS, type Reason } from '../../model/counters.ts'
import { DRAIN_ALL, FAMILY_V4, FAMILY_V6, type LiveHalf, STATE_DOWN, STATE_UP } from '../../model/live-table.ts'
import type { Routing } from '../client.ts'
import {
  type BalanceTables,
  type Fallback,
  type LastWish,
  NO_CLUSTER,
  ROW_OVERRIDE,
  ROW_UNLOCATED,
  SLOTS,
  WHEN_BACKUP,
  WHEN_LAST_GOOD,
  WHEN_SERVFAIL,
  WHEN_STATIC,
} from '../tables.ts'

/** What balance decided. */
export const CHOSEN = 0
/** A cluster that is not usable by its health: its servers are taken whatever their state. */
export const CHOSEN_BLINDLY = 1
/** The service's static address. */
export const CHOSEN_STATIC = 2
export const CHOSEN_NOBODY = 3
/** A cluster that is degraded or in its slow start: nothing better is left. */
export const CHOSEN_SECOND = 4
/** A cluster that is not usable by its health: the servers that were the last to go are taken. */
export const CHOSEN_LATELY = 5

const code = (reason: Reason): number => REASONS.indexOf(reason)
const FIRST_CHOICE = code('first-choice')
const SHED = code('shed')
const DRAINED = code('drained')
const DOWN = code('down')
const NO_FAMILY = code('no-family')
const DEGRADED = code('degraded')
const DEGRADED_PASS = code('degraded-pass')
const BEYOND_SLOTS = code('beyond-slots')
const UNLOCATED = code('unlocated')
const OVERRIDE = code('override')
const WHEN_ALL_DOWN = code('when-all-down')
const SERVFAIL = code('servfail')
const WARMING = code('warming')
const FAIL_OPEN = code('fail-open')
const LAST_GOOD = code('last-good')
const USABLE = -1

/** Clusters that went so long before the last one, s, belong to another outage. */
const ONE_OUTAGE_S = 300

/**
 * The cluster for a block, from its row and the live table; sets `out.cluster` and `out.reason` and returns CHOSEN_*.
 * First the slots in order, skipping what is down, drained, without the family (`bit`), degraded, in its slow start or turns the block away for load;
 * the last usable slot always takes. `bit` may be two families: then whoever has one of them will do. Then slots that are degraded or in their slow
 * start. Then the clusters beyond the slots. Then what the service wants when all are down.
 * `open`: families by which the service does not go by health (see {@link LiveHalf}).
 */
export function balance(
  tables: BalanceTables,
  fallback: Fallback,
  wish: LastWish,
  live: LiveHalf,
  row: number,
  bit: number,
  open: number,
  blockHash: number,
  out: Routing,
): number {
  if (fromSlots(tables, live, row, bit, open, blockHash, out)) {
    if ((open & bit) !== 0) out.reason = FAIL_OPEN
    return CHOSEN
  }
  if (fromSecondSlots(tables, live, row, bit, open, blockHash, out)) return CHOSEN_SECOND
  const first = tables.rows.slot(row, 0)
  const list = first === NO_CLUSTER ? tables.clusterCount : first
  const beyond = fromBeyond(tables, fallback, list, live, bit, open, blockHash, out)
  return beyond === CHOSEN_NOBODY ? fromLastWish(tables, fallback, list, wish, live, row, bit, out) : beyond
}

/** Why the cluster is not usable for the block, as a reason code; USABLE otherwise. Shedding is not looked at. */
export function conditionOf(
  tables: BalanceTables,
  live: LiveHalf,
  cluster: number,
  bit: number,
  open: number,
  blockHash: number,
): number {
  const plain = (live.state[cluster]! | live.drain[cluster]! | live.warm[cluster]! | live.weak[cluster]!) === 0
  if (plain && (live.families[cluster]! & bit) !== 0) return USABLE
  const blind = tables.clusterFamilies[cluster]! & bit & open
  if (live.state[cluster] === STATE_DOWN && blind === 0) return DOWN
  if (isDrained(tables, live, cluster, blockHash)) return DRAINED
  if (((live.families[cluster]! & bit) | blind) === 0) return NO_FAMILY
  if (soundFamilies(tables, live, cluster, bit, open, blockHash) !== 0) return USABLE
  return (live.families[cluster]! & ~weakFamilies(live, cluster) & bit) === 0 ? DEGRADED : WARMING
}

/** Of the families in `bit` those by which the cluster may be a block's choice on the first pass, drains and levels aside. */
export function soundFamilies(
  tables: BalanceTables,
  live: LiveHalf,
  cluster: number,
  bit: number,
  open: number,
  blockHash: number,
): number {
  const blind = tables.clusterFamilies[cluster]! & open
  const strong =
    live.families[cluster]! & ~weakFamilies(live, cluster) & ~coldFamilies(tables, live, cluster, blockHash)
  return (strong | blind) & bit
}

function weakFamilies(live: LiveHalf, cluster: number): number {
  return live.state[cluster] === STATE_UP ? live.weak[cluster]! : FAMILY_V4 | FAMILY_V6
}

/** The families by which a cluster in its slow start turns the block away. A block that it has taken stays, and so does one that a drain has spared. */
function coldFamilies(tables: BalanceTables, live: LiveHalf, cluster: number, blockHash: number): number {
  const warm = live.warm[cluster]!
  if (warm === 0) return 0
  const place = placeOf(tables, cluster, blockHash)
  return (place < (warm & 0xff) ? FAMILY_V4 : 0) | (place < warm >>> 8 ? FAMILY_V6 : 0)
}

/** Every cluster turns away its own share of the blocks, so that draining two of them does not hit the same clients twice. */
function isDrained(tables: BalanceTables, live: LiveHalf, cluster: number, blockHash: number): boolean {
  const drain = live.drain[cluster]!
  return drain !== 0 && placeOf(tables, cluster, blockHash) < drain
}

/** 0..255: where the block stands among all those of the cluster. */
function placeOf(tables: BalanceTables, cluster: number, blockHash: number): number {
  return signedMixPair(blockHash, tables.clusterHash[cluster]! | 0) & 0xff
}

function take(out: Routing, cluster: number, reason: number): true {
  out.cluster = cluster
  out.reason = reason
  return true
}

function fromSlots(
  tables: BalanceTables,
  live: LiveHalf,
  row: number,
  bit: number,
  open: number,
  blockHash: number,
  out: Routing,
): boolean {
  let reason = undisturbed(tables.rows.flags(row))
  let last = -1
  let lastReason = reason
  for (let slot = 0; slot < SLOTS; slot++) {
    const cluster = tables.rows.slot(row, slot)
    if (cluster === NO_CLUSTER) break
    let condition = conditionOf(tables, live, cluster, bit, open, blockHash)
    if (condition === USABLE) {
      if (tables.rows.rank(row, slot) >= live.level[cluster]!) return take(out, cluster, reason)
      last = cluster
      lastReason = reason
      condition = SHED
    }
    if (slot === 0) reason = condition
  }
  return last >= 0 && take(out, last, lastReason)
}

/** The reason for a block that gets its first slot. */
function undisturbed(flags: number): number {
  if ((flags & ROW_OVERRIDE) !== 0) return OVERRIDE
  return (flags & ROW_UNLOCATED) !== 0 ? UNLOCATED : FIRST_CHOICE
}

function fromSecondSlots(
  tables: BalanceTables,
  live: LiveHalf,
  row: number,
  bit: number,
  open: number,
  blockHash: number,
  out: Routing,
): boolean {
  let last = -1
  for (let slot = 0; slot < SLOTS; slot++) {
    const cluster = tables.rows.slot(row, slot)
    if (cluster === NO_CLUSTER) break
    const condition = conditionOf(tables, live, cluster, bit, open, blockHash)
    if (condition !== DEGRADED && condition !== WARMING) continue
    if (tables.rows.rank(row, slot) >= live.level[cluster]!) return take(out, cluster, DEGRADED_PASS)
    last = cluster
  }
  return last >= 0 && take(out, last, DEGRADED_PASS)
}

/** Blocks from beyond the slots have no rank there and are the first that a loaded cluster turns away. */
function fromBeyond(
  tables: BalanceTables,
  fallback: Fallback,
  list: number,
  live: LiveHalf,
  bit: number,
  open: number,
  blockHash: number,
  out: Routing,
): number {
  let shedding = -1
  let second = -1
  for (let i = fallback.at[list]!; i < fallback.at[list + 1]!; i++) {
    const cluster = fallback.clusters[i]!
    const condition = conditionOf(tables, live, cluster, bit, open, blockHash)
    if ((condition === DEGRADED || condition === WARMING) && second < 0) second = cluster
    if (condition !== USABLE) continue
    shedding = cluster
    if (live.level[cluster] === 0) break
  }
  if (shedding < 0 && second < 0) return CHOSEN_NOBODY
  take(out, shedding >= 0 ? shedding : second, BEYOND_SLOTS)
  return shedding >= 0 ? CHOSEN : CHOSEN_SECOND
}

/** Nothing is usable. Health is ignored from here on; the hard constraint and a full drain still hold. */
function fromLastWish(
  tables: BalanceTables,
  fallback: Fallback,
  list: number,
  wish: LastWish,
  live: LiveHalf,
  row: number,
  bit: number,
  out: Routing,
): number {
  out.cluster = -1
  out.reason = WHEN_ALL_DOWN
  if (wish.when === WHEN_STATIC && (wish.staticFamily & bit) !== 0) return CHOSEN_STATIC
  if (wish.when === WHEN_LAST_GOOD) {
    out.cluster = lastOfAll(tables, fallback, list, live, row, bit)
    out.reason = LAST_GOOD
    if (out.cluster >= 0) return CHOSEN_LATELY
  } else if (wish.when !== WHEN_SERVFAIL) {
    if (wish.when === WHEN_BACKUP && reachable(tables, live, wish.backup, bit)) out.cluster = wish.backup
    else out.cluster = anyReachable(tables, fallback, list, live, row, bit)
    if (out.cluster >= 0) return CHOSEN_BLINDLY
  }
  out.reason = SERVFAIL
  return CHOSEN_NOBODY
}

/** It has an address of the family and no operator has taken all of it out. */
function reachable(tables: BalanceTables, live: LiveHalf, cluster: number, bit: number): boolean {
  return (tables.clusterFamilies[cluster]! & bit) !== 0 && live.drain[cluster]! < DRAIN_ALL
}

/** The cluster that would have served, were all healthy. Those that serve only blocks of their own come last. */
function anyReachable(
  tables: BalanceTables,
  fallback: Fallback,
  list: number,
  live: LiveHalf,
  row: number,
  bit: number,
): number {
  return bestSince(tables, fallback, list, live, row, bit, 0)
}

/** The same among those that have a server or were the last to go: a question of the whole cluster, the same for every family. */
function lastOfAll(
  tables: BalanceTables,
  fallback: Fallback,
  list: number,
  live: LiveHalf,
  row: number,
  bit: number,
): number {
  const count = reachCount(fallback, list)
  let last = 0
  for (let i = 0; i < count; i++) {
    const cluster = reachAt(tables, fallback, list, row, i)
    if (cluster !== NO_CLUSTER && live.drain[cluster]! < DRAIN_ALL) last = Math.max(last, wentAt(live, cluster))
  }
  const best = bestSince(tables, fallback, list, live, row, bit, Math.max(0, last - ONE_OUTAGE_S))
  return best >= 0 ? best : anyReachable(tables, fallback, list, live, row, bit)
}

/** The first that may be reached and has a server, or had one at `since` (Unix s); -1: there is none. */
function bestSince(
  tables: BalanceTables,
  fallback: Fallback,
  list: number,
  live: LiveHalf,
  row: number,
  bit: number,
  since: number,
): number {
  const count = reachCount(fallback, list)
  for (let i = 0; i < count; i++) {
    const cluster = reachAt(tables, fallback, list, row, i)
    if (cluster === NO_CLUSTER || !reachable(tables, live, cluster, bit)) continue
    if (since === 0 || wentAt(live, cluster) >= since) return cluster
  }
  return -1
}

/** All clusters that a block could be sent to: its slots, those beyond, those that serve only blocks of their own. */
function reachCount(fallback: Fallback, list: number): number {
  return SLOTS + fallback.at[list + 1]! - fallback.at[list]! + fallback.lastResort.length
}

/** The `i`-th of them; NO_CLUSTER for an empty slot. */
function reachAt(tables: BalanceTables, fallback: Fallback, list: number, row: number, i: number): number {
  if (i < SLOTS) return tables.rows.slot(row, i)
  const beyond = fallback.at[list]! + i - SLOTS
  if (beyond < fallback.at[list + 1]!) return fallback.clusters[beyond]!
  return fallback.lastResort[beyond - fallback.at[list + 1]!]!
}

/** Unix seconds at which its last server went; of one that has some, the end of time. */
function wentAt(live: LiveHalf, cluster: number): number {
  return live.state[cluster] === STATE_DOWN ? live.fell[cluster]! : 0xffffffff
}
