import { millis } from '../src/base/brand.ts'
import type { Prefix } from '../src/base/prefix.ts'
import type { Cluster } from '../src/model/cluster.ts'
import type { Deployment } from '../src/model/deployment.ts'
import type { Measurement } from '../src/model/measurement.ts'
import { xorshift } from './harness/xorshift.ts'

/** First octets without special-purpose blocks (RFC 6890). */
const FIRST_OCTETS = Array.from({ length: 222 }, (_, i) => i + 1).filter(
  octet => ![10, 100, 127, 169, 172, 192, 198, 203].includes(octet),
)

/** A random /24 of unicast space. */
export function randomLeaf(random: (below: number) => number): Prefix {
  const first = FIRST_OCTETS[random(FIRST_OCTETS.length)]!
  return { family: 4, hi: (first * 0x1000000 + random(0x10000) * 256) >>> 0, lo: 0, length: 24 }
}

/** Of `prefixes` random /24s, round-trip times to `each` clusters that follow one another in `ids`. Fixed seed. */
export function mapMeasurements(prefixes: number, each: number, ids: readonly string[]): Measurement[] {
  return [...measurementPortions(prefixes, each, ids)].flat()
}

/** The same, in portions of 100 prefixes: as objects millions of them weigh more than all that is made of them. */
export function* measurementPortions(
  prefixes: number,
  each: number,
  ids: readonly string[],
): Generator<Measurement[], void> {
  const random = xorshift(815)
  for (let done = 0; done < prefixes; done += 100) {
    const rows: Measurement[] = []
    for (let i = done; i < Math.min(done + 100, prefixes); i++) {
      const prefix = randomLeaf(random)
      const first = random(ids.length)
      for (let k = 0; k < each; k++) {
        const cluster = ids[(first + k) % ids.length]!
        rows.push({
          ...{ prefix, cluster, rttMs: 5 + random(200), rttVarMs: random(9), loss: 0, samples: 100 },
          ...{ measuredAt: millis(0), source: 'import' },
        })
      }
    }
    yield rows
  }
}

/**
 * The deployment's clusters, and invented ones until there are `least`: each like one of them, some hundred kilometres away, and serving
 * what it serves.
 */
export function withClusters(deployment: Deployment, least: number): Deployment {
  const { clusters } = deployment
  const invented = Array.from({ length: Math.max(0, least - clusters.length) }, (_, i): Cluster => {
    const { location, servers, ...like } = clusters[i % clusters.length]!
    const lat = Math.max(-85, Math.min(85, location.lat + 3 + (i % 5)))
    return {
      ...{ ...like, id: `more-${i}`, location: { ...location, lat } },
      servers: servers.map((server, s) => ({ ...server, id: `more-${i}-${s}` })),
    }
  })
  const services = deployment.services.map(service => {
    const alike = invented.filter((_, i) => service.clusters.includes(clusters[i % clusters.length]!.id))
    return { ...service, clusters: [...service.clusters, ...alike.map(({ id }) => id)] }
  })
  return { ...deployment, services, clusters: [...clusters, ...invented] }
}
