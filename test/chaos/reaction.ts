import type { Downtime } from './record.ts'

/** What the configuration of the cast says of health checks. */
export const CHECK_INTERVAL_MS = 500
export const CHECK_TIMEOUT_MS = 500
const CHECKS_TO_FALL = 3
export const CHECKS_TO_RISE = 4

/** A verdict on its way: the monitor gathers for 100 ms, the leader looks every 200 ms, the plan goes through Redis, the workers take it over. */
const PUBLISH_MS = 1_000
/**
 * A monitor that was held up does not count the checks of that time. Among the other tests the machine has much else to do; a long campaign has it for
 * itself.
 */
const BUSY_MS = process.env.LONG === '1' ? 2_000 : 5_000
/**
 * After so long of undisturbed work no nameserver answers with an edge that is down: three checks fail (3 x 500 ms and the last one's timeout), then the
 * verdict is published.
 */
export const REACTION_MS = CHECKS_TO_FALL * CHECK_INTERVAL_MS + CHECK_TIMEOUT_MS + PUBLISH_MS + BUSY_MS

/** A lease of 6 s is asked for again every 2 s. */
const LEADERLESS_MS = 8_000
/** A monitor that says nothing has a voice for so long: what it held last counts. */
const VOICE_MS = 10_000
/** Connections to a Redis that is back are made anew with a back-off of at most this. */
const RECONNECT_MS = 3_000

/** When `server` may not have learned anything, because of what was done to others or to itself. */
function disturbances(server: string, downtimes: readonly Downtime[]): [from: number, to: number][] {
  return downtimes.flatMap(({ name, role, from, to: back }): [number, number][] => {
    const to = back ?? Number.MAX_SAFE_INTEGER
    if (role === 'redis') return [[from, to + RECONNECT_MS]]
    // The one that is back checks everything anew before it has anything to say.
    if (role === 'monitor')
      return [
        [from, Math.min(to, from + VOICE_MS)],
        [to, to + REACTION_MS],
      ]
    if (role !== 'nameserver') return []
    // It may have led the fleet.
    const leaderless: [number, number] = [from, from + LEADERLESS_MS]
    return name === server ? [[from, to + RECONNECT_MS], leaderless] : [leaderless]
  })
}

/** Time between `from` and `at` in which nothing kept `server` from learning. */
export function undisturbed(from: number, at: number, server: string, downtimes: readonly Downtime[]): number {
  const parts = disturbances(server, downtimes).filter(([start, end]) => start < at && end > from)
  let free = 0
  let reached = from
  for (const [start, end] of parts.sort((a, b) => a[0] - b[0])) {
    free += Math.max(0, start - reached)
    reached = Math.max(reached, end)
  }
  return free + Math.max(0, at - reached)
}
