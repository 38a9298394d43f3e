import { millis } from '../src/base/brand.ts'
import type { Prefix } from '../src/base/prefix.ts'
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
  const random = xorshift(815)
  const rows: Measurement[] = []
  for (let i = 0; i < prefixes; i++) {
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
  return rows
}
