import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import type { LoadedConfig } from '../config/load.ts'
import { didYouMean } from '../config/nearest.ts'
import { describeRamp } from '../control/describe-drain.ts'
import { DURATION_LEGAL, parseDuration, parseRamp, RAMP_LEGAL } from '../http/duration.ts'
import { DRAIN_RAMP_MS } from '../model/drain.ts'
import type { Status } from '../model/status.ts'
import { ApiClient } from './api-client.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import { addFill } from './fill.ts'
import { formatDrains } from './fleet-table.ts'
import type { Io } from './io.ts'
import { type DrainWish, type Span, withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'
import { formatClusters } from './status.ts'

const LIST_EXAMPLE = `
Example:
  kingcdn cluster list
`
const DRAIN_EXAMPLE = `
Examples:
  kingcdn cluster drain icn-kt --reason "new switches" --for 2h
  kingcdn cluster drain icn-kt --percent 50 --ramp 10m
  kingcdn cluster drain icn-kt --now

Its clients go to their next cluster, step by step over the time of --ramp, and come back so when the time of --for is over. Refused while it would leave
a service without a serving cluster, unless --force.
`
const RESTORE_EXAMPLE = `
Examples:
  kingcdn cluster restore icn-kt
  kingcdn cluster restore icn-kt --now
`

export function addCluster(program: Program, shell: Shell): void {
  const cluster = program
    .command('cluster')
    .helpCommand(false)
    .description('list, drain and restore clusters, and say what they hold')
    .addHelpText('after', DRAIN_EXAMPLE)
  cluster
    .command('list')
    .description('all clusters of the running server with health, drain and load')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', LIST_EXAMPLE)
    .action(options => shell.run(() => list(options, shell.io)))
  cluster
    .command('drain <id>')
    .description('send the clients of a cluster elsewhere')
    .option('--percent <share>', 'share of its client blocks that is turned away', percent, 100)
    .option('--for <duration>', 'restored by itself after this time; without it, until restored', duration)
    .addOption(rampOption())
    .addOption(nowOption())
    .option('--reason <text>', 'shown in status, explain and the audit trail', reason, '')
    .option('--force', 'even if a service is left without a serving cluster', false)
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', DRAIN_EXAMPLE)
    .action((id, options) => shell.run(() => drain(id, options, shell.io)))
  cluster
    .command('restore <id>')
    .description('end the drain of a cluster')
    .addOption(rampOption())
    .addOption(nowOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', RESTORE_EXAMPLE)
    .action((id, options) => shell.run(() => restore(id, options, shell.io)))
  addFill(cluster, shell)
}

interface Options {
  readonly config: string
  readonly json?: true
}

function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''))
  if (text.trim() !== '' && value >= 1 && value <= 100) return value
  throw new InvalidArgumentError('Not a share; legal: 1 to 100 (percent).')
}

const DEFAULT_RAMP: Span = { text: `${DRAIN_RAMP_MS / 1000}s`, ms: DRAIN_RAMP_MS }
const AT_ONCE: Span = { text: '0', ms: 0 }

const rampOption = () =>
  new Option('--ramp <duration>', 'gradually, over this time; 0: at once').argParser(ramp).default(DEFAULT_RAMP, '2m')
const nowOption = () => new Option('--now', 'at once, whatever --ramp says').default(false)

function ramp(text: string): Span {
  const ms = parseRamp(text)
  if (ms !== null) return { text, ms }
  throw new InvalidArgumentError(`Not a ramp; legal: ${RAMP_LEGAL}.`)
}

function duration(text: string): Span {
  const ms = parseDuration(text)
  if (ms !== null) return { text, ms }
  throw new InvalidArgumentError(`Not a duration; legal: ${DURATION_LEGAL}.`)
}

function reason(text: string): string {
  if (text.length <= 200 && !/\p{Cc}/u.test(text)) return text.trim()
  throw new InvalidArgumentError('Not a reason; legal: up to 200 characters on one line.')
}

async function list({ config, json }: Options, io: Io): Promise<number> {
  const { clusters } = (await new ApiClient((await readConfig(config)).access, io.env).get('/v1/status')) as Status
  const drains = formatDrains(clusters)
  const table = formatClusters(clusters, io.colours) + (drains === '' ? '' : `\n${drains}`)
  io.out(json ? `${JSON.stringify(clusters, null, 2)}\n` : table)
  return 0
}

interface RampOptions {
  readonly ramp: Span
  readonly now: boolean
}

async function drain(
  id: string,
  { config: file, json, now, ...wish }: Options & DrainWish & RampOptions,
  io: Io,
): Promise<number> {
  const loaded = await readConfig(file)
  requireCluster(loaded, id)
  const ramp = now ? AT_ONCE : wish.ramp
  const intent = await withSharedState(loaded, io, state => state.drain(id, { ...wish, ramp }))
  const share = `${intent.percent === 100 ? '' : ` to ${intent.percent} %`} ${describeRamp(intent.rampMs)}`
  const end =
    intent.until === undefined
      ? `until restored: kingcdn cluster restore ${id}`
      : `until ${new Date(intent.until).toISOString()}`
  io.out(json ? `${JSON.stringify(intent)}\n` : `${id} drains${share}, ${end}\n`)
  return 0
}

async function restore(id: string, { config: file, json, now, ramp }: Options & RampOptions, io: Io): Promise<number> {
  const loaded = await readConfig(file)
  requireCluster(loaded, id)
  const span = now ? AT_ONCE : ramp
  await withSharedState(loaded, io, state => state.restore(id, span))
  io.out(json ? `${JSON.stringify({ restored: id })}\n` : `${id} is restored ${describeRamp(span.ms)}\n`)
  return 0
}

/** While the file is bad, the running server is left to say whether it has such a cluster. */
function requireCluster({ config }: LoadedConfig, id: string): void {
  if (config === null) return
  const ids = config.deployment.clusters.map(cluster => cluster.id)
  if (!ids.includes(id)) throw new Failure(`no cluster ${JSON.stringify(id)} in ${config.file}${didYouMean(id, ids)}`)
}
