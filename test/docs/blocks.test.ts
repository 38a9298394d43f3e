import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { files, page, ROOT } from './pages.ts'

/** Pages with commands and what they print, and the test that plays all of them. */
const PLAYED: Readonly<Record<string, string>> = {
  'README.md': 'test/e2e/readme.test.ts',
  'docs/dns.md': 'test/e2e/docs-dns.test.ts',
  'docs/ecs.md': 'test/e2e/ecs.test.ts',
  'docs/edges.md': 'test/e2e/edges.test.ts',
  'docs/errors.md': 'test/docs/errors.test.ts',
  'docs/health.md': 'test/probe/health/docs.test.ts',
  'docs/rate-limiting.md': 'test/e2e/rate-limit.test.ts',
  'docs/simulate.md': 'test/cli/simulate-docs.test.ts',
  'docs/udp.md': 'test/e2e/docs-udp.test.ts',
  'examples/bring-home/README.md': 'test/e2e/examples.test.ts',
  'examples/enter-deep/README.md': 'test/e2e/examples.test.ts',
  'examples/multi-cdn/README.md': 'test/e2e/examples.test.ts',
  'examples/open-connect/README.md': 'test/e2e/examples.test.ts',
  'examples/three-tier/README.md': 'test/e2e/examples.test.ts',
  'examples/youtube/README.md': 'test/e2e/examples.test.ts',
}

/** Blocks of shell commands without output: the test that plays or checks them, or why none does. By page and first line. */
const COMMANDS: Readonly<Record<string, string>> = {
  'README.md: npm install && npm start':
    'every end-to-end test starts what `npm start` does; test/deploy/package.test.ts installs anew',
  'README.md: npx kingcdn simulate -c examples/simulate/network.yaml --demand examples/simulate/demand.csv --down nrt-ix --fill 30%':
    'test/cli/simulate-docs.test.ts',
  'README.md: docker compose up --build --detach': 'needs Docker; test/e2e/compose.test.ts plays the same without it',
  'README.md: npm install && TEST_INSTALL=1 npm test': 'is this',
  'CONTRIBUTING.md: npm install': 'test/docs/contributing.test.ts',
  'CONTRIBUTING.md: TEST_INSTALL=1 npm test                      # everything; as root on Debian this brings the tools':
    'test/docs/contributing.test.ts',
  'bench/README.md: npm run bench                          # all of them':
    'takes an hour and a quiet machine; test/bench/ tests its parts',
  'bench/README.md: apt-get install -y --no-install-recommends gdnsd knot knot-module-geoip nsd bind9 pdns-server pdns-backend-bind pdns-backend-geoip \\':
    'installs packages',
  'grafana/README.md: npx tsx grafana/build/write.ts': 'test/deploy/grafana.test.ts compares what it would write',
  "grafana/README.md: sed -i 's|https://kingcdn.example/|https://wiki.your.net/kingcdn/|' grafana/dashboards/*.json prometheus/rules.yml":
    'changes files of the repository',
  "docs/http-api.md: curl -s 'http://127.0.0.1:9153/v1/explain?name=a1105.kingcdn.com&client=168.126.63.1'":
    'test/e2e/readme.test.ts',
  'examples/README.md: npm install && npm run build': 'test/e2e/examples.test.ts starts each of them so',
  'examples/edge-reporter/README.md: install -m 755 edge-reporter.mjs /usr/local/bin/':
    'writes to /usr/local; test/probe/edge-reporter.test.ts runs the program',
  'examples/edge-reporter/README.md: install -m 600 token /etc/kingcdn/token': 'writes to /etc and speaks to systemd',
}

/** Pages whose shell commands a test of their own holds to what there is. */
const ON_THEIR_OWN: Readonly<Record<string, string>> = {
  'docs/deploy.md': 'test/deploy/deploy-docs.test.ts',
  'docs/runbook.md': 'test/deploy/runbook.test.ts',
}

const PAGES = files().filter(file => file.endsWith('.md') && existsSync(join(ROOT, file)))
const blocksOf = (file: string, language: string): string[] =>
  [...page(file).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!)

describe('blocks of commands in documents', () => {
  test('each page with commands and their output is played by a test that reads it', () => {
    expect(PAGES.filter(file => blocksOf(file, 'console').length > 0).sort()).toEqual(Object.keys(PLAYED).sort())
    for (const [file, player] of Object.entries(PLAYED)) {
      const name = file.startsWith('examples/') ? 'README.md' : file.replace(/^docs\//, '')
      expect(page(player), `${player} plays ${file}`).toContain(name)
    }
  })

  test('each block of bare commands is played, or it is said why not', () => {
    const blocks = PAGES.filter(file => !(file in ON_THEIR_OWN)).flatMap(file =>
      blocksOf(file, 'sh').map(text => `${file}: ${text.split('\n')[0]}`),
    )
    expect(blocks.sort()).toEqual(Object.keys(COMMANDS).sort())
    const players = [...Object.values(COMMANDS), ...Object.values(ON_THEIR_OWN)].flatMap(
      why => why.match(/test\/[\w/.-]+/g) ?? [],
    )
    for (const player of players) expect(existsSync(join(ROOT, player)), player).toBe(true)
  })

  test('each block of bare commands can be read by a shell', () => {
    for (const file of PAGES)
      for (const text of blocksOf(file, 'sh'))
        expect(
          () => execFileSync('bash', ['-n'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] }),
          `${file}: ${text}`,
        ).not.toThrow()
  })
})
