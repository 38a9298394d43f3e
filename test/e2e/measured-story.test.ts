import { afterEach, describe, expect, it } from 'vitest'
import { type ClusterName, type MeasuredCdn, type ResolverName, startMeasuredCdn } from '../fixture/measured-cdn.ts'
import { slowInternetLacks } from '../fixture/slow-internet.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

/** Round trips in ms. The database has `seoul` in Seoul, but it is next to London: it is 86 ms from there at the speed of light. */
const DELAYS: Readonly<Record<ResolverName, Readonly<Record<ClusterName, number>>>> = {
  london: { 'lhr-ix': 70, 'fra-ix': 20, 'nrt-ix': 160 },
  seoul: { 'lhr-ix': 8, 'fra-ix': 30, 'nrt-ix': 240 },
}
/** Between the clusters, whose probers measure each other as well. */
const MESH: readonly [ClusterName, ClusterName, number][] = [
  ['lhr-ix', 'fra-ix', 14],
  ['lhr-ix', 'nrt-ix', 220],
  ['fra-ix', 'nrt-ix', 230],
]
const CLUSTERS = Object.keys(DELAYS.london) as ClusterName[]
const RESOLVERS = Object.keys(DELAYS) as ResolverName[]

/**
 * The nameservers tell who asks ten seconds after the start, then every minute; probers look every 5 s until they know some, then every minute. A probe and a
 * write a second, at most 5 s until a plan counts them, the compile, and what a busy machine takes.
 */
const FIRST_MEASURED_MS = 100_000
/** Smoothing, and 5 s until a plan counts it; the block then keeps its cluster for a while. */
const CHANGE_SEEN_MS = 40_000
/** A new first choice has to win three scorings a minute apart. */
const CHANGE_FOLLOWED_MS = CHANGE_SEEN_MS + 3 * 60_000

const LONG = process.env.LONG === '1'
const lacks = slowInternetLacks()

describe.skipIf(missing('dig', 'unbound', 'redis-server') || lacks !== null)(
  `resolvers behind links of different delays${lacks === null ? '' : ` (skipped: ${lacks})`}`,
  () => {
    let cdn: MeasuredCdn | undefined
    afterEach(() => cdn?.stop())

    /** Waits until viewers of the resolver get the address of this cluster. */
    async function isSentTo(resolver: ResolverName, cluster: ClusterName, limitMs: number): Promise<void> {
      const look = async () => (await cdn!.sentTo(resolver)) === cluster
      await until(`${resolver} to be sent to ${cluster}`, look, limitMs, 250).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(await cdn!.explain(resolver), null, 2)}\n${cdn!.logs()}`)
      })
    }

    it(
      'are sent to the cluster that is really the fastest, whatever the database says of them, and follow when the delay changes',
      async () => {
        cdn = await startMeasuredCdn()
        for (const resolver of RESOLVERS)
          for (const cluster of CLUSTERS) cdn.internet.delay(resolver, cluster, DELAYS[resolver][cluster])
        for (const link of MESH) cdn.internet.delay(...link)
        for (const site of [...CLUSTERS, ...RESOLVERS]) cdn.internet.delay('core', site, 10)
        expect([await cdn.sentTo('london'), await cdn.sentTo('seoul')]).toEqual(['lhr-ix', 'nrt-ix'])

        for (const cluster of CLUSTERS) cdn.probeFrom(cluster)
        await isSentTo('london', 'fra-ix', FIRST_MEASURED_MS)
        await isSentTo('seoul', 'lhr-ix', FIRST_MEASURED_MS)
        const evidence = (await cdn.explain('london')).candidates.map(({ rttFrom }) => rttFrom)
        expect(evidence).toEqual(CLUSTERS.map(() => expect.stringContaining('own RTT') as string))

        cdn.internet.delay('london', 'fra-ix', 200)
        const kept = /^kept: lhr-ix wins by [\d.]+ ms, for less than 3 scorings$/
        const isSeen = async () => kept.test((await cdn!.explain('london')).reason)
        await until('the change to be counted', isSeen, CHANGE_SEEN_MS, 1000)
        if (LONG) await isSentTo('london', 'lhr-ix', CHANGE_FOLLOWED_MS)
        expect(await cdn.sentTo('seoul')).toBe('lhr-ix')
      },
      LONG ? 420_000 : 200_000,
    )
  },
)
