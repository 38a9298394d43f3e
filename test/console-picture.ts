/**
 * Takes the pictures of docs/console.md from the example of the repository, with its real geo data, on a day with some trouble: `npm run build` and then
 * `npx tsx test/console-picture.ts`. Wants Chromium and a free minute.
 */
import { join } from 'node:path'
import { parse } from 'yaml'
import { openPage, startBrowser } from './fixture/browser.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from './fixture/nameserver.ts'
import { freePort } from './fixture/ports.ts'
import { until } from './fixture/until.ts'

/** Loads in Gbps; who is missing reports none. */
const LOADS = parse(`
  { nrt-ix: 91, icn-kt: 22, hkg-ix: 31, sin-core: 88, bom-jio: 24, lhr-ix: 61, fra-core: 171, cdg-orange: 27, mad-telefonica: 7, jfk-ix: 82,
    ord-core: 140, sjc-ix: 33, den-comcast: 12, gru-ix: 68, eze-ix: 6, jnb-core: 19, nbo-safaricom: 3, cai-te: 9, syd-ix: 41 }`) as Record<
  string,
  number
>

interface Config {
  geo: Record<string, unknown>
  clusters: { id: string; servers: { ipv4: string; ipv6?: string }[]; health?: unknown }[]
}

const closed = await freePort()
const server = await startNameserver({
  edit: document => {
    const config = document as unknown as Config
    for (const kind of ['city', 'asn']) config.geo[kind] = join(REPOSITORY, `geo-data/${kind}.mmdb`)
    // The servers of the example do not exist: of this cluster they are on this machine, where nobody listens.
    const away = config.clusters.find(({ id }) => id === 'akl-spark')!
    for (const [i, each] of away.servers.entries()) Object.assign(each, { ipv4: `127.0.0.${81 + i}`, ipv6: undefined })
    away.health = { tcp: { port: closed }, interval: '1s', timeout: '500ms' }
  },
})
const browser = await startBrowser()
try {
  await trouble(server)
  const path = '/#name=a1105.kingcdn.com.&client=132.248.1.1&type=A'
  for (const colorScheme of ['light', 'dark'] as const) {
    const size = { viewport: { width: 1440, height: 1010 }, colorScheme, timezoneId: 'UTC' }
    const { page } = await openPage(browser, `${server.url}${path}`, size)
    await page.locator('#trail table').waitFor()
    const name = colorScheme === 'light' ? 'console.png' : 'console-dark.png'
    await page.screenshot({ path: join(REPOSITORY, 'docs', name) })
  }
} finally {
  await browser.close()
  await discard(server)
}

/** Full clusters, one that is drained and one that is down; resolves when the plan has it all. */
async function trouble(server: Nameserver): Promise<void> {
  await server.post('/v1/clusters/hkg-ix/drain', { percent: 60, ramp: '0', for: '2h', reason: 'new switches' })
  await until(
    'the trouble to show',
    async () => {
      for (const [id, gbps] of Object.entries(LOADS))
        await server.post(`/v1/clusters/${id}/load`, { bps: gbps * 1e9 + Math.round(performance.now()) })
      const { clusters, snapshot } = await server.status()
      const isDown = clusters.some(({ health }) => health === 'down')
      return isDown && clusters.some(({ level }) => level > 0) && snapshot.from === 'compiled' && !snapshot.coarse
    },
    120_000,
    1000,
  )
}
