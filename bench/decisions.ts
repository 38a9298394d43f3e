/**
 * Claim: where everything is measured at least 95 % of the demand is sent to a cluster within 10 ms or 20 % of the fastest one; where a fifth of the
 * blocks is measured, at least 10 points more of the demand than by geography alone.
 *
 * usage: npm run bench -- decisions   (no other server, no sockets; a minute)
 */
import { mask32, type Prefix } from '../src/base/prefix.ts'
import type { PrefixValue } from '../src/base/range-table.ts'
import { rangesOfPrefixes } from '../src/base/range-table.ts'
import type { Measurement } from '../src/model/measurement.ts'
import type { Place } from '../src/model/place.ts'
import type { Policy } from '../src/model/service.ts'
import { newRouting } from '../src/route/client.ts'
import { route } from '../src/route/route.ts'
import { compileInput, mapInput, NOW, service } from '../test/route/fixture.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { percent, publish, table, verdict } from './harness/report.ts'
import { CORE, EMBEDDED, EXCHANGES, type Internet, makeInternet, normal, uniform } from './worlds/internet.ts'

const POLICIES: readonly Policy[] = ['geo', 'rtt', 'isp-first', 'rtt-spill']
const MEASURED = [1, 0.5, 0.2, 0.05, 0]
const SEEDS = [1, 2, 3]
const BLOCKS = 12_000
/** Of a measured round-trip time, relative; what one probe of a minute is off by. */
const NOISE = 0.04
const MOST_EXTRA_MS = 10
const MOST_EXTRA = 0.2
/** A run of neighbouring /24s of one provider is announced as one network. */
const NETWORK_LENGTH = 20
const NETWORK_OF = (prefix: Prefix): Prefix => ({
  ...{ family: 4, hi: (prefix.hi & mask32(NETWORK_LENGTH)) >>> 0, lo: 0, length: NETWORK_LENGTH },
})

interface Quality {
  /** Shares of the demand, by policy. */
  readonly within: readonly number[]
  /** Mean excess over the fastest, ms, weighted by demand. */
  readonly excess: readonly number[]
}

const worlds = SEEDS.map(seed => makeInternet(seed, BLOCKS))
const found = MEASURED.map(share => mean(worlds.map((world, i) => qualityOf(world, share, SEEDS[i]!))))
/** Only what edges see of their own clients: each block's present cluster, two rounds of it. */
const passive = mean(worlds.map((world, i) => qualityOf(world, 0, SEEDS[i]!, 2)))
const at = (share: number, policy: Policy): number =>
  found[MEASURED.indexOf(share)]!.within[POLICIES.indexOf(policy)]! * 100
const wrong = worlds.reduce((sum, { violations }) => sum + violations, 0) / worlds.length
publish({
  claim: 'decisions',
  title: 'How good the decisions are',
  body: `Share of demand that is sent to a cluster whose true round-trip time is within ${MOST_EXTRA_MS} ms or ${100 * MOST_EXTRA} % of the fastest that may serve it, whatever is larger; in brackets the mean excess over
the fastest, ms. Mean of ${SEEDS.length} invented Internets of about ${BLOCKS.toLocaleString('en')} client /24s behind 210 providers in 70 metros, with ${CORE.length} core, ${EXCHANGES.length} exchange and ${EMBEDDED.length} embedded clusters, all idle:
bench/worlds/internet.ts. Providers meet the world at hubs of their own, some of them only on another continent, so that in ${percent(wrong)} of all triples (client, two
clusters) the way over a cluster is shorter than the direct one. Geo data puts 12 % of the networks into another city of the country, 8 % into its middle and 6 % anywhere. Demand
of a block is Pareto (1.3). Clusters have measured one another. Measured round-trip times are off by ${100 * NOISE} %. "Passive": nothing is probed; edges report what they see of
the clients that come to them, twice, with a new map in between.

${table(
  ['blocks measured', ...POLICIES],
  [
    ...MEASURED.map((share, i) => [percent(share), ...cells(found[i]!)]),
    ['passive, present cluster only', ...cells(passive)],
  ],
)}

${verdict('percent of demand within the bound, rtt, all measured', at(1, 'rtt'), 'at least', 95)}
${verdict('points more than geo, rtt, a fifth measured', at(0.2, 'rtt') - at(0.2, 'geo'), 'at least', 10)}
${verdict('points more than geo, rtt, nothing measured but the clusters', at(0, 'rtt') - at(0, 'geo'), 'at least', 0)}`,
  versions: [`KingCDN ${kingcdn.version()}`],
})

function cells({ within, excess }: Quality): string[] {
  return within.map((share, p) => `${percent(share)} (${excess[p]!.toFixed(1)})`)
}

function mean(qualities: readonly Quality[]): Quality {
  const column = (figures: (quality: Quality) => readonly number[]): number[] =>
    POLICIES.map((_, p) => qualities.reduce((sum, quality) => sum + figures(quality)[p]!, 0) / qualities.length)
  return { within: column(({ within }) => within), excess: column(({ excess }) => excess) }
}

/** `rounds`: so many times edges report their own clients, of the policy that is judged, before the last map. */
function qualityOf(world: Internet, share: number, seed: number, rounds = 0): Quality {
  const random = uniform(seed + 1000)
  const probed = world.clients.flatMap((_, i) =>
    random() < share ? world.clusters.map((_, c) => measurementOf(world, i, c, random)) : [],
  )
  const results = POLICIES.map((policy, p) => {
    const seen = new Map<string, Measurement>()
    for (let round = 0; round < rounds; round++) {
      choices(world, [...probed, ...seen.values()])[p]!.forEach((c, i) => {
        seen.set(`${i} ${c}`, measurementOf(world, i, c, random))
      })
    }
    return judge(world, choices(world, [...probed, ...seen.values()])[POLICIES.indexOf(policy)]!)
  })
  return { within: results.map(({ within }) => within), excess: results.map(({ excess }) => excess) }
}

function measurementOf({ clients, clusters, rtt }: Internet, i: number, c: number, random: () => number): Measurement {
  return {
    prefix: { family: 4, hi: (clients[i]!.leaf << 8) >>> 0, lo: 0, length: 24 },
    cluster: clusters[c]!.id,
    rttMs: Math.max(0.2, rtt[i]![c]! * (1 + NOISE * normal(random))),
    ...{ rttVarMs: 2, loss: 0, samples: 10, measuredAt: NOW, source: 'probe' },
  }
}

/** By policy, the cluster of every client. */
function choices(world: Internet, measurements: readonly Measurement[]): Int32Array[] {
  const { clusters, clients, mesh } = world
  const ids = clusters.map(({ id }) => id)
  const places: Place[] = []
  const numbers = new Map<string, number>()
  const number = (place: Place): number => {
    const key = JSON.stringify(place)
    const held = numbers.get(key)
    if (held !== undefined) return held
    numbers.set(key, places.push(place))
    return places.length
  }
  const leaf = ({ leaf }: { leaf: number }) => ({ family: 4, hi: (leaf << 8) >>> 0, lo: 0, length: 24 }) as const
  const ranges = (value: (client: Internet['clients'][number]) => number) =>
    rangesOfPrefixes(clients.map((client): PrefixValue => ({ prefix: leaf(client), value: value(client) })))
  const cityRanges = ranges(({ told }) => number(told))
  const base = mapInput({
    clusters,
    services: POLICIES.map(policy => service(policy, ids, { policy })),
    places,
    measurements,
  })
  const rows = ids.flatMap((from, a) => ids.flatMap((to, b) => (a === b ? [] : [{ from, to, rttMs: mesh[a]![b]! }])))
  const { tables, live } = compileInput({
    ...base,
    ...{ cityRanges, asnRanges: ranges(({ asn }) => asn) },
    survey: { number: 1, asOf: NOW, evidence: '1-0', demand: '' },
    surveyed: { measurements, networkOf: NETWORK_OF },
    deployment: { ...base.deployment, estimates: { mesh: rows, countryPairs: [] } },
  })
  const routing = newRouting()
  return POLICIES.map((_, s) =>
    Int32Array.from(clients, ({ leaf }) => {
      const hi = (leaf << 8) >>> 0
      route(tables, live, s, 4, { ecsFamily: 4, ecsHi: hi, ecsLo: 0, family: 4, hi, lo: 0 }, routing)
      return routing.cluster
    }),
  )
}

function judge({ clients, clusters, rtt }: Internet, chosen: Int32Array): { within: number; excess: number } {
  let demand = 0
  let within = 0
  let excess = 0
  clients.forEach((client, i) => {
    const best = Math.min(
      ...clusters.map(({ tier, asns }, c) =>
        tier !== 'embedded' || asns.includes(client.asn) ? rtt[i]![c]! : Number.POSITIVE_INFINITY,
      ),
    )
    const extra = rtt[i]![chosen[i]!]! - best
    demand += client.demand
    excess += client.demand * extra
    if (extra <= Math.max(MOST_EXTRA_MS, MOST_EXTRA * best)) within += client.demand
  })
  return { within: within / demand, excess: excess / demand }
}
