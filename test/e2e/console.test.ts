import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterStatus } from '../../src/model/status.ts'
import type { Trail } from '../../src/model/trail.ts'
import { openPage, startBrowser, type WatchedPage } from '../fixture/browser.ts'
import { clusterOf, clustersOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { recordingPort, startApi } from '../fixture/http.ts'
import {
  faintTexts,
  focused as focusedName,
  groundColor,
  hiddenWidth,
  isFocused,
  pageWidth,
} from '../fixture/in-page.mjs'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { exampleCluster, exampleStatus } from '../fixture/status.ts'
import { missing } from '../fixture/tools.ts'

const SEOUL = '168.126.63.1'
const QUESTION = `/#name=a1105.kingcdn.com&client=${SEOUL}&type=A`
const HOSTILE = '<img src=x onerror=alert(1)>"\'&lt;'
/** As long as a reason may be, and nowhere to break it. */
const LONG = `${HOSTILE} ${'w'.repeat(150)}`

describe.skipIf(missing('chromium', 'dig'))('the console', () => {
  let server: Nameserver
  let browser: Browser
  const pages: WatchedPage[] = []

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startNameserver(), startBrowser()])
  })
  afterEach(async () => {
    await Promise.all(pages.splice(0).map(({ page }) => page.context().close()))
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  /** A page that has heard of the server. */
  async function open(path = '/', options: Parameters<typeof openPage>[2] = {}, url = server.url) {
    const watched = await openPage(browser, `${url}${path}`, options)
    pages.push(watched)
    await watched.page.locator('#live-text', { hasText: 'live,' }).waitFor()
    return watched
  }
  const mark = (page: Page, id: string) => page.locator(`#map .mark[data-key="one:${id}"]`)
  const row = (page: Page, id: string) =>
    page.locator('#clusters tr', { has: page.getByRole('button', { name: id, exact: true }) })

  it('loads without an error and without a word to anybody else', async () => {
    const { page, faults, asked } = await open(QUESTION)
    await page.locator('#trail table').waitFor()
    expect(await page.title()).toContain('ns1')
    for (const { id } of clustersOf()) {
      expect([id, await row(page, id).count()]).toEqual([id, 1])
      expect(await mark(page, id).getAttribute('aria-label')).toMatch(new RegExp(`^${id}, .*up, load not reported`))
    }
    expect(faults).toEqual([])
    expect(asked.filter(url => !url.startsWith(`${server.url}/`))).toEqual([])
  })

  it('an address that is typed in goes where explain and dig say', async () => {
    const { page } = await open()
    await page.getByLabel('Service').selectOption('a1105.kingcdn.com.')
    await page.getByLabel('Client address or block').fill(SEOUL)
    await page.getByRole('button', { name: 'Trace' }).click()
    const chosen = await page.locator('#trail .result b').textContent()
    const told = await fetch(`${server.url}/v1/explain?name=a1105.kingcdn.com&client=${SEOUL}`)
    const trail = (await told.json()) as Trail
    const asked = await server.dig('a1105.kingcdn.com', 'A', `+subnet=${SEOUL}/32`)
    expect([chosen, trail.cluster]).toEqual([clusterOf(rdataOf(asked, 'A')), chosen])
    expect(await page.locator('.is-chosen th').textContent()).toContain(chosen)
    expect(await page.locator('#trail tbody tr').count()).toBe(trail.candidates.length)
    expect(await page.locator('#trail').textContent()).toContain(`ECS scope ${trail.client.scope}`)
    for (const { cluster, verdict, rttFrom } of trail.candidates.slice(0, 4))
      expect(await page.locator('#trail tbody tr', { hasText: cluster }).textContent()).toMatch(
        new RegExp(`${verdict}.*${rttFrom?.slice(0, 4)}`),
      )
    expect(await page.locator('#map .way.chosen').count()).toBeGreaterThanOrEqual(1)
    expect(await page.locator('#map .pin').count()).toBe(1)
    expect(new URL(page.url()).hash).toBe(`#name=a1105.kingcdn.com.&client=${SEOUL}&type=A`)
  })

  it('what is no address, and a name that nobody routes, are said in the words of the API', async () => {
    const { page } = await open('/#name=www.example.org&client=nonsense&type=A')
    await page.getByText('client "nonsense" is not an address').first().waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('www.example.org')
    await page.getByLabel('Client address or block').fill('192.0.2.1')
    await page.getByRole('button', { name: 'Trace' }).click()
    await page.locator('#trail .fault', { hasText: 'www.example.org' }).waitFor()
    expect(await page.locator('#map .way').count()).toBe(0)
  })

  it('a drain shows without a reload: on the map, in the table, in the trail; hostile words stay words', async () => {
    const { page, faults } = await open(`${QUESTION}&cluster=icn-kt`)
    await page.locator('.is-chosen', { hasText: 'icn-kt' }).waitFor()
    const drained = await server.post('/v1/clusters/icn-kt/drain', { ramp: '0', reason: LONG })
    expect(drained.status).toBe(200)
    await page.locator('#map .mark[aria-label^="icn-kt"][aria-label*="drained 100 %"] .shape.drained').waitFor()
    expect(await row(page, 'icn-kt').textContent()).toContain(HOSTILE)
    await page.locator('.is-chosen th:not(:has-text("icn-kt"))').waitFor()
    await page.locator('#detail', { hasText: HOSTILE }).waitFor()
    await page.locator('#trail .said', { hasText: LONG }).waitFor()
    expect(await page.evaluate(hiddenWidth, '.candidates')).toBe(0)
    expect(await page.locator('#detail code').textContent()).toBe('kingcdn cluster restore icn-kt')
    expect(await page.locator('img').count()).toBe(0)
    await server.post('/v1/clusters/icn-kt/restore', { ramp: '0' })
    await page.locator('#map .mark[aria-label^="icn-kt"] .shape.up').waitFor()
    expect(faults).toEqual([])
  })

  it('markup in a status is text wherever it is shown, also where the server would never let it in', async () => {
    const status = await server.status()
    const [cluster, ...others] = status.clusters
    const hostile = {
      ...status,
      ...{ node: HOSTILE, version: HOSTILE, alarms: [HOSTILE], store: { ...status.store, up: false, reason: HOSTILE } },
      clusters: [{ ...cluster!, id: HOSTILE, tier: HOSTILE, country: HOSTILE, services: [HOSTILE] }, ...others],
      zones: [{ origin: HOSTILE, file: HOSTILE, serial: null, records: 0, error: HOSTILE }],
      fleet: [{ ...status.fleet[0]!, node: HOSTILE }],
      services: [{ id: HOSTILE, cdnName: HOSTILE, policy: HOSTILE }],
    }
    const watched = await openPage(browser, 'about:blank')
    pages.push(watched)
    const { page, faults } = watched
    await page.route('**/v1/status', route => route.fulfill({ json: hostile }))
    await page.goto(server.url)
    await page.locator('#clusters button', { hasText: HOSTILE }).click()
    for (const part of [
      'header',
      '#alarm-list',
      '#facts',
      '#clusters',
      '#fleet',
      '#zones',
      '#detail',
      'select[name=service]',
    ])
      expect(await page.locator(part).first().textContent(), part).toContain(HOSTILE)
    expect(await page.locator('#detail code').count()).toBe(0)
    expect(await page.locator('img').count()).toBe(0)
    expect(faults).toEqual([])
  })

  it('where there is no service, any name can be asked for', async () => {
    const watched = await openPage(browser, 'about:blank')
    pages.push(watched)
    const { page, faults } = watched
    const status = { ...(await server.status()), services: [] }
    await page.route('**/v1/status', route => route.fulfill({ json: status }))
    await page.goto(server.url)
    await page.locator('#live-text', { hasText: 'live,' }).waitFor()
    expect(await page.locator('select[name=service] option:checked').textContent()).toBe('another name …')
    expect(await page.getByLabel('Name', { exact: true }).isVisible()).toBe(true)
    expect(faults).toEqual([])
  })

  it('is used with the keyboard alone', async () => {
    const { page, faults } = await open()
    const focused = () => page.evaluate(focusedName)
    const tabTo = async (selector: string) => {
      for (let i = 0; i < 30; i++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate(isFocused, selector)) return
      }
      throw new Error(`Tab never comes to ${selector}`)
    }
    await tabTo('#map .mark')
    expect(await focused()).toMatch(/^icn-kt, embedded, KR: up/)
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toMatch(/^nrt-ix, exchange/)
    await page.keyboard.press('Enter')
    expect(await page.getByRole('heading', { name: 'nrt-ix, exchange' }).isVisible()).toBe(true)
    expect(new URL(page.url()).hash).toBe('#cluster=nrt-ix')
    await page.keyboard.press('Escape')
    expect(await page.locator('#detail').isHidden()).toBe(true)
    const scale = () => page.locator('#map > g').first().getAttribute('transform')
    const world = await scale()
    for (const key of ['+', '+', '+']) await page.keyboard.press(key)
    expect(await scale()).not.toBe(world)
    expect(await focused()).toMatch(/^nrt-ix/)
    await page.keyboard.press('ArrowLeft')
    expect(await focused()).not.toMatch(/^nrt-ix/)
    await page.keyboard.press('0')
    expect(await scale()).toBe(world)
    // Every cluster can be reached with arrow keys, from wherever one is.
    const seen = new Set<string>()
    for (const key of ['ArrowLeft', 'ArrowDown', 'ArrowRight', 'ArrowUp'])
      for (let i = 0; i < 12; i++) {
        seen.add((await focused()).split(',')[0]!)
        await page.keyboard.press(key)
      }
    expect(seen.size).toBeGreaterThan(8)
    await tabTo('#trace [name=client]')
    await page.keyboard.type('81.128.0.1')
    await page.keyboard.press('Enter')
    await page.locator('.is-chosen', { hasText: 'lhr-ix' }).waitFor()
    expect(await page.locator('#said').textContent()).toContain('goes to lhr-ix')
    expect(faults).toEqual([])
  })

  it('everything that is operated has a name, and the tables say what the map shows', async () => {
    const { page } = await open(`${QUESTION}&cluster=fra-core`)
    await page.locator('#trail table').waitFor()
    const tree = (await page.locator('body').ariaSnapshot()).replace(/- '(.*)'(:?)$/gm, '- $1$2')
    const nameless = tree
      .split('\n')
      .filter(line =>
        /^\s*- (button|link|textbox|searchbox|combobox|application|region|heading)(?! "| \[?"?\w)/.test(line),
      )
    expect(nameless).toEqual([])
    expect(tree).toContain('- application "World map of the clusters"')
    expect(tree).toMatch(/- button "fra-core, core, DE: up, load not reported, target \d+ %"/)
    expect(tree).toMatch(/- row "fra-core core, DE up of 400 Gbps, not reported/)
    expect(tree).toContain('- columnheader "Load of capacity"')
    expect(tree).toMatch(/- rowheader "icn-kt embedded"/)
    expect(tree).toContain('- textbox "Client address or block"')
    expect(await page.locator('[role=alert]').count()).toBe(1)
    expect(await page.locator('#alarm-list').getAttribute('aria-live')).toBe('assertive')
  })

  it.each(['light', 'dark'] as const)('every word is readable when it is %s', async colorScheme => {
    const { page } = await open(`${QUESTION}&cluster=fra-core`, { colorScheme })
    await page.locator('#trail table').waitFor()
    expect(await page.evaluate(groundColor)).toBe(colorScheme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(13, 17, 23)')
    expect(await page.evaluate(faintTexts)).toEqual([])
  })

  it('the theme can be told, and is kept', async () => {
    const { page } = await open('/', { colorScheme: 'light' })
    const ground = () => page.evaluate(groundColor)
    const light = await ground()
    await page.getByRole('button', { name: 'Theme: auto' }).click()
    await page.getByRole('button', { name: 'Theme: light' }).click()
    expect(await ground()).not.toBe(light)
    await page.reload()
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
    expect(await ground()).not.toBe(light)
  })

  it('fits a telephone', async () => {
    const { page } = await open(QUESTION, { viewport: { width: 360, height: 740 } })
    await page.locator('#trail table').waitFor()
    expect(await page.evaluate(pageWidth)).toBe(360)
  })

  it('a thousand clusters are told apart: heaps with numbers, that part when one looks closer', async () => {
    const { port } = recordingPort({ status: () => exampleStatus(1000, { clusters: thousand() }) })
    const { page, faults } = await open('/', {}, (await startApi({ port })).url)
    await page.locator('#map .number').first().waitFor()
    const drawn = () => page.locator('#map .mark').count()
    const numbers = (await page.locator('#map .number').allTextContents()).map(Number)
    const singles = await page.locator('#map .mark[data-key^="one:"]').count()
    expect(numbers.reduce((a, b) => a + b, singles)).toBe(1000)
    expect(await drawn()).toBeLessThan(400)
    expect(await page.locator('#clusters tr').count()).toBe(200)
    const heap = page.locator('#map .mark[data-key="some:paris-0"]')
    expect(await heap.getAttribute('aria-label')).toMatch(/^\d+ clusters around paris-0: \d+ up/)
    await heap.focus()
    for (let i = 0; i < 5 && (await page.locator('#detail').isHidden()); i++) await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '9 clusters at one place' }).waitFor()
    await page.locator('#detail').getByRole('button', { name: 'paris-7' }).click()
    await page.getByRole('heading', { name: 'paris-7, core' }).waitFor()
    await page.getByLabel('Only', { exact: true }).fill('paris')
    expect(await page.locator('#clusters tr').count()).toBe(9)
    expect(faults).toEqual([])
  })

  it('where reading needs a token it asks for one, and uses it', async () => {
    const { url } = await startApi({ tokens: () => ({ change: null, read: ['open-sesame'] }) })
    const watched = await openPage(browser, url)
    pages.push(watched)
    const { page } = watched
    await page.getByRole('alert').filter({ hasText: 'The server refuses to tell' }).waitFor()
    await page.getByLabel('Token for reading').fill('open-sesame')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.locator('#live-text', { hasText: 'live,' }).waitFor()
    expect(await page.locator('#door').isHidden()).toBe(true)
    await page.reload()
    await page.locator('#live-text', { hasText: 'live,' }).waitFor()
  })

  it('the legend names the marks that docs/console.md explains', async () => {
    const { page } = await open()
    const docs = readFileSync(join(REPOSITORY, 'docs/console.md'), 'utf8').split('\n## Marks\n')[1]!.split('\n## ')[0]!
    const explained = [...docs.matchAll(/^\| ([a-z ]+) \| .+ \|$/gm)]
      .map(match => match[1]!)
      .filter(name => name !== 'mark')
    expect(await page.locator('#legend span').allTextContents()).toEqual(explained)
  })

  it('says since when the server is silent, and goes on when it is back', async () => {
    const { page } = await open(`${QUESTION}&cluster=fra-core`)
    await page.locator('#trail table').waitFor()
    await server.kill('SIGKILL')
    await page.getByRole('alert').filter({ hasText: 'No answer from the server since' }).waitFor()
    expect(await page.locator('#live').textContent()).toBe('no answer')
    expect(await row(page, 'icn-kt').count()).toBe(1)
    expect(await page.evaluate(faintTexts)).toEqual([])
    const { folder, dnsPort, httpPort } = server
    server = await startNameserver({ folder, dnsPort, httpPort })
    await page.locator('#live-text', { hasText: 'live,' }).waitFor()
    expect(await page.locator('#lost').isHidden()).toBe(true)
  })
})

/** Nine in Paris, the others all over the world. */
function thousand(): ClusterStatus[] {
  return Array.from({ length: 1000 }, (_, i) => {
    const spread = { lat: ((i * 37) % 110) - 45.5, lon: ((i * 83) % 340) - 169.5 }
    if (i >= 9) return exampleCluster(`c${i}`, { location: spread })
    return exampleCluster(`paris-${i}`, { tier: 'core', location: { lat: 48.86, lon: 2.35 } })
  })
}
