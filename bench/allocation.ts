/**
 * Claim: 500,000 blocks with four clusters each are allocated within two seconds of one core; anew, when the demand of a few clusters has changed, in a
 * fraction of that, whether there is room or not. The levels are what is planned first: what they find out of targets that must rise is in their state.
 *
 * CPU seconds of the program as it is built (dist/), so that neighbours on the machine do not count. A plane of 60 clusters, demand by Pareto; three
 * utilisations of all capacity: everybody has a cluster with room (0.55), in some regions nobody has (0.70), nobody at all (0.85).
 *
 * usage: npm run bench -- allocation   (about a minute)
 */
import { join } from 'node:path'
import { millis } from '../src/base/brand.ts'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { publish, table, verdict } from './harness/report.ts'
import { middle, ROUNDS } from './harness/rounds.ts'
import { crowdedPlane } from './worlds/crowded-plane.ts'

const BLOCKS = 500_000
const CLUSTERS = 60
/** Clusters whose demand grows by a third between the two plans. */
const CHANGED = 4
const AIM_SECONDS = 2
const AIM_SHARE = 0.5
const NOW = 1_700_000_000_000

const built = (file: string): string => join(REPOSITORY, 'dist/plan', file)
const { Allocator }: typeof import('../src/plan/allocate/allocate.ts') = await import(built('allocate/allocate.js'))
const { planLevels }: typeof import('../src/plan/levels/plan-levels.ts') = await import(built('levels/plan-levels.js'))

interface Figures {
  readonly levels: number
  readonly first: number
  readonly anew: number
  readonly floors: number
  readonly highest: number
}

const runs = [0.55, 0.7, 0.85].map(utilisation => [utilisation, measure(utilisation)] as const)
const rows = runs.map(([utilisation, rounds]) => [
  utilisation.toFixed(2),
  ...(['levels', 'first', 'anew'] as const).map(figure => middle(rounds, round => round[figure]).toFixed(2)),
  rounds[0]!.floors,
  rounds[0]!.highest.toFixed(2),
])
const slowest = Math.max(...runs.map(([, rounds]) => middle(rounds, round => round.levels + round.first)))
const shares = runs.map(([, rounds]) => middle(rounds, round => round.anew / round.first))
publish({
  claim: 'allocation',
  title: `Allocating ${BLOCKS.toLocaleString('en')} blocks to ${CLUSTERS} clusters`,
  body: `${table(['demand / capacity', 'levels, CPU s', 'floors, first, CPU s', 'floors, anew, CPU s', 'floors', 'highest planned'], rows)}

${verdict('CPU seconds of levels and floors planned first', slowest, 'at most', AIM_SECONDS)}
${verdict('floors anew, as a share of floors first, at the worst of these', Math.max(...shares), 'at most', AIM_SHARE)}`,
  versions: ['KingCDN'],
})

function measure(utilisation: number): Figures[] {
  const { rows, capacity, home } = crowdedPlane(BLOCKS, CLUSTERS, utilisation)
  const id = (c: number): string => `cluster-${c}`
  const clusters = Array.from(home, (value, c) => ({
    id: id(c),
    capacity: capacity[c]!,
    target: 0.75,
    usable: true,
    drainPercent: 0,
    load: { value, at: millis(NOW) },
  }))
  const input = { clusters, ttlSeconds: 30, now: millis(NOW) }
  return Array.from({ length: ROUNDS }, () => {
    const [levels, { state }] = timed(() => planLevels({ ...input, state: null, rows }))
    const { demand, shape } = state.basis!
    const grown = Object.entries(demand).map(([key, load], c) => [key, c < CHANGED ? load * 1.33 : load] as const)
    const later = { ...state, basis: { demand: Object.fromEntries(grown), shape } }
    const allocator = new Allocator({ rows, regrets: null, survey: 1 })
    const [first, { allocation }] = timed(() => allocator.plan({ ...input, state }))
    const [anew] = timed(() => allocator.plan({ ...input, state: later, floors: allocation.floors }))
    const highest = Math.max(...Object.values(allocation.planned))
    return { levels, first, anew, floors: Object.keys(allocation.floors).length, highest }
  })
}

function timed<T>(work: () => T): [cpuSeconds: number, result: T] {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return [(user + system) / 1e6, result]
}
