import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { parsePrefix } from '../base/prefix.ts'
import { formatEndpoint } from '../config/endpoint.ts'
import { type Endpoint, parseEndpoint } from '../config/kind/address.ts'
import { didYouMean } from '../config/nearest.ts'
import type { ProbeRun, ProbeState } from '../probe/run.ts'
import { configOption, requireConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import type { Io } from './io.ts'
import { type SharedState, withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Examples:
  kingcdn probe --cluster icn-kt
  kingcdn probe --cluster icn-kt --http 127.0.0.1:9154
  kingcdn probe --cluster icn-kt --targets resolvers.txt

Runs at a cluster until it is stopped, measures the other clusters and the resolvers that the nameservers see, heaviest first, and writes what it
finds into the RTT table. A targets file adds to them: one a line, address[:port] [prefix]. Several probers of one cluster share the targets.
Intervals, packet budget, methods, opt-out list: \`probe\` in the configuration; docs/probing.md says more.
`

export function addProbe(program: Program, shell: Shell): void {
  program
    .command('probe')
    .description('measure RTT and loss from a cluster to resolvers and to the other clusters')
    .requiredOption('--cluster <id>', 'the cluster it runs at')
    .option('--targets <file>', 'more resolvers to measure')
    .option('--http <address:port>', 'where its metrics and status are; goes before `probe.http`')
    .addOption(configOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => probe(options, shell.io)))
}

interface Options {
  readonly cluster: string
  readonly targets?: string
  readonly http?: string
  readonly config: string
}

async function probe({ cluster, targets, http, config: file }: Options, io: Io): Promise<number> {
  const page = http === undefined ? undefined : pageAddress(http)
  const loaded = await requireConfig(file)
  const { config } = loaded
  const ids = config.deployment.clusters.map(({ id }) => id)
  if (!ids.includes(cluster))
    throw new Failure(`no cluster ${JSON.stringify(cluster)} in ${config.file}${didYouMean(cluster, ids)}`)
  const { runProbe } = await import('../probe/run.ts')
  const { openPingSocket } = await import('../listen/linux/ping-socket.ts')
  const log = (_level: string, message: string) => io.err(`kingcdn: ${message}\n`)
  return withSharedState(loaded, io, state =>
    runProbe({
      cluster,
      prober: proberName(),
      version: version(),
      clusters: config.deployment.clusters,
      targets: targets ?? null,
      settings: config.probe,
      state: probeState(state),
      openPing: openPingSocket,
      show: showAt(page ?? config.probe.http, log),
      log,
    }),
  )
}

/** In containers host and process may be called the same on two machines, and two probers of one name would be one. */
function proberName(): string {
  return `${hostname().slice(0, 64)}-${process.pid}-${randomBytes(3).toString('hex')}`
}

function pageAddress(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint === null)
    throw new Failure(`--http: ${JSON.stringify(text)} is not address:port, such as 127.0.0.1:9154 or [::1]:9154`, 2)
  return endpoint
}

function probeState(state: SharedState): ProbeState {
  return {
    label: state.label,
    putMeasurements: rows => state.putMeasurements(rows),
    ...state.probing,
    async demand() {
      const rows = await state.demand()
      return rows.flatMap(({ prefix: text, qps }) => {
        const prefix = parsePrefix(text)
        return prefix === null ? [] : [{ prefix, qps }]
      })
    },
  }
}

function showAt(listen: Endpoint | null, log: ProbeRun['log']): ProbeRun['show'] {
  if (listen === null) return null
  return async status => {
    const { startProbePage } = await import('../http/probe-page.ts')
    const { createProbeMetrics } = await import('../metrics/probe.ts')
    const page = await startProbePage({ listen, names: [hostname()], status, metrics: createProbeMetrics(status) })
    log('info', `metrics and status on http://${formatEndpoint(page.address)}`)
    return page
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
