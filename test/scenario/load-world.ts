import type { DemandRows } from '../../src/plan/demand.ts'
import { NO_CLUSTER, SLOTS } from '../../src/route/tables.ts'

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export type Random = () => number

export function seeded(seed: number): Random {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

export interface WorldOptions {
  readonly seed: number
  readonly clusters: number
  readonly blocks: number
  /** Total demand / total capacity. */
  readonly utilisation: number
  /** The planner knows the true demand of each block ('demand'), or counts each block as one leaf ('leaves'). */
  readonly weights: 'demand' | 'leaves'
}

/** An invented CDN on a plane of 10,000 x 5,000 km. Loads are in Mbit/s or whatever; only their proportions matter. */
export interface World {
  readonly ids: readonly string[]
  readonly capacity: Float64Array
  readonly x: Float64Array
  readonly y: Float64Array
  readonly blockX: Float64Array
  readonly blockY: Float64Array
  /** Usual demand of each block. */
  readonly demand: Float64Array
  readonly rows: DemandRows
}

interface Site {
  readonly tier: 'embedded' | 'exchange' | 'core'
  readonly x: number
  readonly y: number
  readonly isp: number
}

const ISPS = 6
const TIER_COST = { embedded: 0, exchange: 4, core: 10 }

export function buildWorld(options: WorldOptions): World {
  const random = seeded(options.seed)
  const cities = Array.from({ length: 60 }, (_, i) => ({
    x: random() * 10_000,
    y: random() * 5_000,
    size: 1 / (i + 1) ** 0.7,
  }))
  const sites = placeSites(cities, options.clusters, random)
  const n = options.blocks
  const blockX = new Float64Array(n)
  const blockY = new Float64Array(n)
  const isp = new Uint8Array(n)
  const demand = new Float64Array(n)
  for (let b = 0; b < n; b++) {
    const city = pickCity(cities, random)
    blockX[b] = city.x + 150 * gauss(random)
    blockY[b] = city.y + 150 * gauss(random)
    isp[b] = Math.floor(random() * random() * ISPS)
    demand[b] = Math.min(25, (1 - random()) ** (-1 / 1.2)) // Pareto, alpha 1.2
  }
  const { slots, scores } = rankSites(sites, blockX, blockY, isp, random)
  const capacity = giveCapacity(slots, demand, sites.length, options.utilisation, random)
  const weight = options.weights === 'demand' ? demand.slice() : new Float64Array(n).fill(1)
  const ranks = shedRanks(slots, scores, weight, sites.length)
  return {
    ids: sites.map((site, i) => `${site.tier}-${i}`),
    capacity,
    x: Float64Array.from(sites, site => site.x),
    y: Float64Array.from(sites, site => site.y),
    blockX,
    blockY,
    demand,
    rows: { slots, ranks, weight },
  }
}

function pickCity<T extends { size: number }>(cities: readonly T[], random: Random): T {
  let left = random() * cities.reduce((sum, city) => sum + city.size, 0)
  for (const city of cities) {
    left -= city.size
    if (left <= 0) return city
  }
  return cities[0]!
}

/** One in ten is a core cluster, one in three an exchange, the rest are embedded in one ISP each. */
function placeSites(cities: readonly { x: number; y: number; size: number }[], count: number, random: Random): Site[] {
  const cores = Math.max(3, Math.round(count * 0.1))
  const exchanges = Math.round(count * 0.35)
  return Array.from({ length: count }, (_, i) => {
    const tier = i < cores ? 'core' : i < cores + exchanges ? 'exchange' : 'embedded'
    const city = tier === 'embedded' ? pickCity(cities, random) : cities[(i * 2) % cities.length]!
    return {
      tier,
      x: city.x + 30 * gauss(random),
      y: city.y + 30 * gauss(random),
      isp: tier === 'embedded' ? Math.floor(random() * random() * ISPS) : -1,
    }
  })
}

/** The best four clusters of each block by a score in ms; one of them is a core cluster. */
function rankSites(
  sites: readonly Site[],
  blockX: Float64Array,
  blockY: Float64Array,
  isp: Uint8Array,
  random: Random,
) {
  const slots = new Uint16Array(blockX.length * SLOTS).fill(NO_CLUSTER)
  const scores = new Float64Array(blockX.length * SLOTS)
  for (let b = 0; b < blockX.length; b++) {
    const scored = sites
      .map((site, c) => {
        const km = Math.hypot(site.x - blockX[b]!, site.y - blockY[b]!)
        return {
          c,
          core: site.tier === 'core',
          score: 3 + km / 65 + TIER_COST[site.tier] + 2 * random(),
          mine: site.isp === -1 || site.isp === isp[b],
        }
      })
      .filter(site => site.mine)
      .sort((p, q) => p.score - q.score)
    const best = scored.slice(0, SLOTS)
    if (!best.some(site => site.core)) best[SLOTS - 1] = scored.find(site => site.core)!
    best.forEach((site, k) => {
      slots[b * SLOTS + k] = site.c
      scores[b * SLOTS + k] = site.score
    })
  }
  return { slots, scores }
}

/** Capacity follows the usual demand of the home blocks, unevenly, and is scaled to the wanted total. Core clusters are large. */
function giveCapacity(slots: Uint16Array, demand: Float64Array, clusters: number, utilisation: number, random: Random) {
  const home = new Float64Array(clusters)
  let total = 0
  demand.forEach((d, b) => {
    home[slots[b * SLOTS]!]! += d
    total += d
  })
  const raw = home.map(
    (load, c) =>
      Math.max(load, (total / clusters) * (c < Math.max(3, Math.round(clusters * 0.1)) ? 1 : 0.25)) *
      (0.85 + 0.3 * random()),
  )
  const sum = raw.reduce((a, b) => a + b, 0)
  return raw.map(share => (share / sum) * (total / utilisation))
}

/** As in plan/shed-ranks.ts: guests below home blocks. */
const RANK_BANDS = [
  [80, 175],
  [32, 48],
  [0, 32],
  [255, 1],
] as const

/** Shed ranks, 0..255, as the map compiler gives them: weighted quantile of the regret (score of the next slot less this one's), in its bands by slot. */
function shedRanks(slots: Uint16Array, scores: Float64Array, weight: Float64Array, clusters: number): Uint8Array {
  const ranks = new Uint8Array(slots.length)
  for (let c = 0; c < clusters; c++) {
    RANK_BANDS.forEach(([low, width], k) => {
      const entries: { at: number; regret: number; weight: number }[] = []
      for (let b = 0; b < weight.length; b++) {
        const at = b * SLOTS + k
        if (slots[at] !== c) continue
        const hasNext = k + 1 < SLOTS && slots[at + 1] !== NO_CLUSTER
        entries.push({ at, regret: hasNext ? scores[at + 1]! - scores[at]! : 1e6, weight: weight[b]! })
      }
      entries.sort((p, q) => p.regret - q.regret || p.at - q.at)
      const all = entries.reduce((sum, entry) => sum + entry.weight, 0)
      let below = 0
      for (const entry of entries) {
        ranks[entry.at] = low + Math.min(width - 1, Math.floor((width * below) / all))
        below += entry.weight
      }
    })
  }
  return ranks
}
