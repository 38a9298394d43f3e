import { signedMixPair } from '../../base/hash.ts'
import { REASONS, type Reason } from '../../model/counters.ts'
import { type LiveHalf, STATE_DEGRADED, STATE_DOWN } from '../../model/live-table.ts'
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
const USABLE = -1

/**
 * The cluster for a block, from its row and the live table; sets `out.cluster` and `out.reason` and returns CHOSEN_*.
 * First the slots in order, skipping what is down, drained, without the family (`bit`), degraded or turns the block away for load; the last usable
 * slot always takes. `bit` may be two families: then whoever has one of them will do. Then degraded slots. Then the clusters beyond the slots. Then what the service wants when all are down.
 */
export function balance(
  tables: BalanceTables,
  fallback: Fallback,
  wish: LastWish,
  live: LiveHalf,
  row: number,
  bit: number,
  blockHash: number,
  out: Routing,
): number {
  if (fromSlots(tables, live, row, bit, blockHash, out)) return CHOSEN
  if (fromDegradedSlots(tables, live, row, bit, blockHash, out)) return CHOSEN
  const first = tables.rows.slot(row, 0)
  const list = first === NO_CLUSTER ? tables.clusterCount : first
  if (fromBeyond(tables, fallback, list, live, bit, blockHash, out)) return CHOSEN
  return fromLastWish(tables, fallback, list, wish, live, row, bit, out)
}

/** Why the cluster is not usable for the block, as a reason code; USABLE otherwise. Shedding is not looked at. */
export function conditionOf(
  tables: BalanceTables,
  live: LiveHalf,
  cluster: number,
  bit: number,
  blockHash: number,
): number {
  if (live.state[cluster] === STATE_DOWN) return DOWN
  if (isDrained(tables, live, cluster, blockHash)) return DRAINED
  if ((live.families[cluster]! & bit) === 0) return NO_FAMILY
  return live.state[cluster] === STATE_DEGRADED ? DEGRADED : USABLE
}

/** Every cluster turns away its own share of the blocks, so that draining two of them does not hit the same clients twice. */
function isDrained(tables: BalanceTables, live: LiveHalf, cluster: number, blockHash: number): boolean {
  const drain = live.drain[cluster]!
  return drain !== 0 && (signedMixPair(blockHash, tables.clusterHash[cluster]! | 0) & 0xff) < drain
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
  blockHash: number,
  out: Routing,
): boolean {
  let reason = undisturbed(tables.rows.flags(row))
  let last = -1
  let lastReason = reason
  for (let slot = 0; slot < SLOTS; slot++) {
    const cluster = tables.rows.slot(row, slot)
    if (cluster === NO_CLUSTER) break
    let condition = conditionOf(tables, live, cluster, bit, blockHash)
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

function fromDegradedSlots(
  tables: BalanceTables,
  live: LiveHalf,
  row: number,
  bit: number,
  blockHash: number,
  out: Routing,
): boolean {
  let last = -1
  for (let slot = 0; slot < SLOTS; slot++) {
    const cluster = tables.rows.slot(row, slot)
    if (cluster === NO_CLUSTER) break
    if (conditionOf(tables, live, cluster, bit, blockHash) !== DEGRADED) continue
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
  blockHash: number,
  out: Routing,
): boolean {
  let shedding = -1
  let degraded = -1
  for (let i = fallback.at[list]!; i < fallback.at[list + 1]!; i++) {
    const cluster = fallback.clusters[i]!
    const condition = conditionOf(tables, live, cluster, bit, blockHash)
    if (condition === DEGRADED && degraded < 0) degraded = cluster
    if (condition !== USABLE) continue
    if (live.level[cluster] === 0) return take(out, cluster, BEYOND_SLOTS)
    shedding = cluster
  }
  if (shedding >= 0) return take(out, shedding, BEYOND_SLOTS)
  return degraded >= 0 && take(out, degraded, BEYOND_SLOTS)
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
  if (wish.when !== WHEN_SERVFAIL) {
    if (wish.when === WHEN_BACKUP && reachable(tables, live, wish.backup, bit)) out.cluster = wish.backup
    else out.cluster = anyReachable(tables, fallback, list, live, row, bit)
    if (out.cluster >= 0) return CHOSEN_BLINDLY
  }
  out.reason = SERVFAIL
  return CHOSEN_NOBODY
}

/** It has an address of the family and no operator has taken all of it out. */
function reachable(tables: BalanceTables, live: LiveHalf, cluster: number, bit: number): boolean {
  return (tables.clusterFamilies[cluster]! & bit) !== 0 && live.drain[cluster]! < 256
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
  for (let slot = 0; slot < SLOTS; slot++) {
    const cluster = tables.rows.slot(row, slot)
    if (cluster === NO_CLUSTER) break
    if (reachable(tables, live, cluster, bit)) return cluster
  }
  for (let i = fallback.at[list]!; i < fallback.at[list + 1]!; i++) {
    if (reachable(tables, live, fallback.clusters[i]!, bit)) return fallback.clusters[i]!
  }
  for (let i = 0; i < fallback.lastResort.length; i++) {
    if (reachable(tables, live, fallback.lastResort[i]!, bit)) return fallback.lastResort[i]!
  }
  return -1
}
