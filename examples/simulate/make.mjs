// Makes clients.yaml, demand.csv, truth.csv and measured.csv: an invented world of 45 cities and 8 clusters. `node examples/simulate/make.mjs`
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const clusters = [
  ...readFileSync(join(here, 'network.yaml'), 'utf8').matchAll(
    /id: ([a-z-]+), tier: .*lat: ([-\d.]+), lon: ([-\d.]+)/g,
  ),
].map(([, id, lat, lon]) => ({ id, lat: Number(lat), lon: Number(lon) }))

// name, country, latitude, longitude, millions of people
const CITIES = [
  ['seoul', 'KR', 37.57, 126.98, 25],
  ['busan', 'KR', 35.18, 129.08, 8],
  ['daegu', 'KR', 35.87, 128.6, 5],
  ['tokyo', 'JP', 35.68, 139.69, 37],
  ['osaka', 'JP', 34.69, 135.5, 19],
  ['fukuoka', 'JP', 33.59, 130.4, 5],
  ['sapporo', 'JP', 43.06, 141.35, 3],
  ['taipei', 'TW', 25.03, 121.57, 9],
  ['hongkong', 'HK', 22.32, 114.17, 8],
  ['manila', 'PH', 14.6, 120.98, 14],
  ['hanoi', 'VN', 21.03, 105.85, 8],
  ['saigon', 'VN', 10.82, 106.63, 9],
  ['bangkok', 'TH', 13.76, 100.5, 11],
  ['kualalumpur', 'MY', 3.14, 101.69, 8],
  ['singapore', 'SG', 1.35, 103.82, 6],
  ['jakarta', 'ID', -6.21, 106.85, 20],
  ['surabaya', 'ID', -7.26, 112.75, 6],
  ['mumbai', 'IN', 19.08, 72.88, 21],
  ['delhi', 'IN', 28.61, 77.21, 28],
  ['bangalore', 'IN', 12.97, 77.59, 12],
  ['london', 'GB', 51.51, -0.13, 14],
  ['manchester', 'GB', 53.48, -2.24, 5],
  ['dublin', 'IE', 53.35, -6.26, 2],
  ['paris', 'FR', 48.86, 2.35, 12],
  ['lyon', 'FR', 45.76, 4.84, 3],
  ['amsterdam', 'NL', 52.37, 4.9, 4],
  ['frankfurt', 'DE', 50.11, 8.68, 5],
  ['berlin', 'DE', 52.52, 13.41, 6],
  ['munich', 'DE', 48.14, 11.58, 5],
  ['warsaw', 'PL', 52.23, 21.01, 5],
  ['madrid', 'ES', 40.42, -3.7, 7],
  ['rome', 'IT', 41.9, 12.5, 5],
  ['milan', 'IT', 45.46, 9.19, 6],
  ['stockholm', 'SE', 59.33, 18.07, 3],
  ['istanbul', 'TR', 41.01, 28.98, 15],
  ['newyork', 'US', 40.71, -74.01, 20],
  ['boston', 'US', 42.36, -71.06, 8],
  ['atlanta', 'US', 33.75, -84.39, 6],
  ['miami', 'US', 25.77, -80.19, 6],
  ['chicago', 'US', 41.88, -87.63, 10],
  ['dallas', 'US', 32.78, -96.8, 8],
  ['denver', 'US', 39.74, -104.99, 3],
  ['seattle', 'US', 47.61, -122.33, 4],
  ['losangeles', 'US', 34.05, -118.24, 13],
  ['toronto', 'CA', 43.65, -79.38, 6],
]

let seed = 2026
function random() {
  seed = (seed + 0x6d2b79f5) >>> 0
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

const RADIANS = Math.PI / 180
function km(a, b) {
  const h =
    Math.sin(((b.lat - a.lat) * RADIANS) / 2) ** 2 +
    Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * Math.sin(((b.lon - a.lon) * RADIANS) / 2) ** 2
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)))
}

const PROVIDERS = 4
/** Gbit/s per million people in the evening. */
const RATE = 3.4

const overrides = ["# Where the example's clients are; made by make.mjs."]
const demand = ['prefix,bps']
const truth = ['prefix,cluster,rtt_ms']
const measured = ['prefix,cluster,rtt_ms,loss,measured_at']
CITIES.forEach(([, country, lat, lon, people], i) => {
  // The way from a city to a cluster is longer than the crow flies, for some pairs by much; so it is for a provider.
  const detour = clusters.map(() => 1.25 + 1.2 * random() ** 2)
  for (let p = 0; p < PROVIDERS; p++) {
    const prefix = `10.${i}.${p * 64}.0/18`
    const asn = country === 'KR' && p === 0 ? 4766 : 64500 + p
    overrides.push(`${prefix}: { place: { lat: ${lat}, lon: ${lon}, country: ${country} }, asn: ${asn} }`)
    demand.push(`${prefix},${Math.round((people / PROVIDERS) * RATE * (0.5 + random()) * 1e9)}`)
    const access = 2 + 8 * random()
    clusters.forEach((cluster, c) => {
      const direct = km({ lat, lon }, cluster) / 100
      const rtt = access + direct * detour[c] * (0.9 + 0.5 * random() ** 2) + (direct > 5 ? 4 * random() : 0)
      truth.push(`${prefix},${cluster.id},${rtt.toFixed(1)}`)
      // Three providers of four have a resolver that answers probes.
      if (p < 3 && i % 3 !== 2)
        measured.push(`${prefix},${cluster.id},${(rtt * (0.97 + 0.06 * random())).toFixed(1)},0,now`)
    })
  }
})

const write = (name, rows) => writeFileSync(join(here, name), `${rows.join('\n')}\n`)
write('clients.yaml', overrides)
write('demand.csv', demand)
write('truth.csv', truth)
write('measured.csv', measured)
