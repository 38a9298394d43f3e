/**
 * What a worker says of itself now and then: a Float64Array, one slot per figure, which the worker writes and the main thread reads. All 0
 * until it first says something. Unlike counters they end with the thread.
 */
export const GAUGES = [
  /** Octets of JavaScript objects in use, and of the heap that V8 keeps for them. */
  'heapUsed',
  'heapTotal',
  /** Octets outside the heap that belong to this thread alone; the shared tables are not among them. */
  'external',
] as const
export type Gauge = (typeof GAUGES)[number]
export type GaugeReading = Readonly<Record<Gauge, number>>

export const GAUGE_BYTES = GAUGES.length * 8

export function writeGauges(gauges: Float64Array, reading: GaugeReading): void {
  GAUGES.forEach((name, i) => {
    gauges[i] = reading[name]
  })
}

export function readGauges(gauges: Float64Array): GaugeReading {
  return Object.fromEntries(GAUGES.map((name, i) => [name, gauges[i]!])) as Record<Gauge, number>
}
