import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Status } from '../../src/model/status.ts'
import { readCompose } from '../fixture/compose.ts'
import { normal, stepsOf } from '../fixture/console-steps.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { openPods, type Pod, type Pods, podsLack } from '../fixture/pods.ts'
import { findTool, missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const lacks = podsLack()
const { services } = readCompose()
const PROGRAM = [process.execPath, 'bin/kingcdn.js']
/** The order of `depends_on`; Grafana is no Debian package. */
const ORDER = [
  'redis',
  'origin',
  'icn-kt-1',
  'nrt-ix-1',
  'fra-core-1',
  'ns1',
  'ns2',
  'prober',
  'resolver',
  'viewer',
  'prometheus',
]

/** What the image of a service runs. */
function programOf(name: string): string[] {
  const { image, entrypoint, command = [] } = services[name]!
  const [kind] = image.split(':')
  if (entrypoint !== undefined) return [process.execPath, ...entrypoint.slice(1), ...command]
  if (kind === 'kingcdn') return [...PROGRAM, ...command]
  if (kind === 'nginx') return [findTool('nginx')!, '-e', 'stderr', '-g', 'daemon off;']
  if (kind === 'prom/prometheus') return [findTool('prometheus')!, ...command]
  const [program = '', ...rest] = command
  return [findTool(program) ?? program, ...rest]
}

describe.skipIf(missing('dig', 'nginx', 'unbound', 'redis-server', 'prometheus', 'curl') || lacks !== null)(
  `docker-compose.yml, each service as a process in a network of its own${lacks === null ? '' : ` (skipped: ${lacks})`}`,
  () => {
    let pods: Pods
    const running: Record<string, Pod> = {}

    /** Runs a line of the README: what stands behind `docker compose exec <service>` up to a pipe runs in the service. */
    async function exec(line: string): Promise<string> {
      const [, name = '', rest = ''] = /^docker compose exec (\S+) (.*)$/.exec(line) ?? []
      const { code, out, err } = await pods.exec(
        name,
        rest.replace(/^kingcdn /, `${process.execPath} /app/bin/kingcdn.js `),
      )
      if (code !== 0) throw new Error(`${line}: ${code}\n${out}${err}`)
      return out.trimEnd()
    }
    const api = async (name: string, path: string) =>
      JSON.parse(await exec(`docker compose exec ${name} curl -s http://127.0.0.1:9153${path}`)) as unknown
    const status = (name: string) => api(name, '/v1/status') as Promise<Status>

    beforeAll(async () => {
      pods = await openPods()
      for (const name of ORDER) {
        running[name] = pods.start(name, programOf(name))
        if (services[name]!.healthcheck?.test !== undefined && services[name]!.image.startsWith('nginx:'))
          await until(
            `${name}`,
            async () => (await pods.exec(name, 'curl -sf http://127.0.0.1/healthz')).code === 0,
            20_000,
          )
      }
      const fill = pods.start('fill', programOf('fill'))
      await until('the fill', () => fill.process.exitCode !== null, 20_000)
      expect(fill.log()).toContain('icn-kt: 8 files of popular')
      for (const name of ['ns1', 'ns2']) {
        const isReady = async () => (await pods.exec(name, 'curl -sf http://127.0.0.1:9153/readyz')).code === 0
        await until(`${name} to be ready`, isReady, 60_000).catch(error => {
          throw new Error(`${String(error)}\n${running[name]!.log()}`)
        })
      }
    }, 120_000)
    afterAll(() => pods?.stop())

    it('every step of README in containers prints what it shows', async () => {
      const steps = stepsOf(readFileSync(join(REPOSITORY, 'README.md'), 'utf8')).filter(({ command }) =>
        command.startsWith('docker compose exec'),
      )
      expect(steps.length).toBeGreaterThanOrEqual(10)
      for (const { command, expected } of steps) {
        let shown = ''
        const asShown = async () => {
          shown = await exec(command)
          return expected.length === 0 || shown.split('\n').map(normal).join('\n') === expected.map(normal).join('\n')
        }
        // A resolver remembers an answer for its ten seconds.
        await until(command, asShown, 20_000, 250).catch(() => expect(shown, command).toBe(expected.join('\n')))
      }
    }, 120_000)

    it('both nameservers serve one plan, hear of the edges, and the prober measures', async () => {
      await until(
        'loads, verdicts and measurements',
        async () => {
          const [one, two] = await Promise.all([status('ns1'), status('ns2')])
          const loads = one.clusters.filter(({ load }) => load !== null).length
          const up = one.clusters.filter(({ health }) => health === 'up').length
          return loads === 3 && up === 3 && one.rtt.rows > 0 && one.leader.planSeq === two.leader.planSeq
        },
        60_000,
      )
    })

    it('Prometheus scrapes everything that it is told to', async () => {
      type Targets = { data: { activeTargets: { scrapeUrl: string; health: string }[] } }
      const targets = async () =>
        (
          JSON.parse(
            await exec('docker compose exec prometheus curl -s http://127.0.0.1:9090/api/v1/targets'),
          ) as Targets
        ).data.activeTargets
      const areUp = async () => (await targets()).every(({ health }) => health === 'up')
      await until('all targets to be up', areUp, 60_000, 500).catch(async error => {
        throw new Error(`${String(error)}\n${JSON.stringify(await targets(), null, 1)}\n${running.prober!.log()}`)
      })
      expect((await targets()).length).toBeGreaterThanOrEqual(3)
    })

    it('an edge that dies is out of the answers', async () => {
      const fromParis =
        'docker compose exec viewer dig @172.30.53.12 a1105.kingcdn.com +short +norecurse +subnet=198.51.100.0/24'
      expect(await exec(fromParis)).toBe('172.30.53.33')
      await running['fra-core-1']!.stop()
      await until('Paris to be served elsewhere', async () => (await exec(fromParis)) !== '172.30.53.33', 30_000, 250)
      expect(['172.30.53.31', '172.30.53.32']).toContain(await exec(fromParis))
    })
  },
)
