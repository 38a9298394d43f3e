import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { LoadedConfig } from '../config/load.ts'
import { didYouMean } from '../config/nearest.ts'
import { DURATION_LEGAL, parseDuration } from '../http/duration.ts'
import type { Status } from '../model/status.ts'
import { ApiClient } from './api-client.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import { addFill } from './fill.ts'
import type { Io } from './io.ts'
import { type DrainWish, withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'
import { formatClusters } from './status.ts'

const LIST_EXAMPLE = `
Example:
  kingcdn cluster list
`
const DRAIN_EXAMPLE = `
Examples:
  kingcdn cluster drain icn-kt --reason "new switches" --for 2h
  kingcdn cluster drain icn-kt --percent 50

Its clients go to their next cluster. Refused while it would leave a service without a serving cluster, unless --force.
`
const RESTORE_EXAMPLE = `
Example:
  kingcdn cluster restore icn-kt
`

export function addCluster(program: Program, shell: Shell): void {
  const cluster = program
    .command('cluster')
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
    .option('--reason <text>', 'shown in status and log', reason, '')
    .option('--force', 'even if a service is left without a serving cluster', false)
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', DRAIN_EXAMPLE)
    .action((id, options) => shell.run(() => drain(id, options, shell.io)))
  cluster
    .command('restore <id>')
    .description('end the drain of a cluster')
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

function duration(text: string): NonNullable<DrainWish['for']> {
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
  io.out(json ? `${JSON.stringify(clusters, null, 2)}\n` : formatClusters(clusters, io.colours))
  return 0
}

async function drain(id: string, { config: file, json, ...wish }: Options & DrainWish, io: Io): Promise<number> {
  const loaded = await readConfig(file)
  requireCluster(loaded, id)
  const intent = await withSharedState(loaded, io, state => state.drain(id, wish))
  const share = intent.percent === 100 ? '' : ` to ${intent.percent} %`
  const end =
    intent.until === undefined
      ? `until restored: kingcdn cluster restore ${id}`
      : `until ${new Date(intent.until).toISOString()}`
  io.out(json ? `${JSON.stringify(intent)}\n` : `${id} drains${share}, ${end}\n`)
  return 0
}

async function restore(id: string, { config: file, json }: Options, io: Io): Promise<number> {
  const loaded = await readConfig(file)
  requireCluster(loaded, id)
  await withSharedState(loaded, io, state => state.restore(id))
  io.out(json ? `${JSON.stringify({ restored: id })}\n` : `${id} is restored\n`)
  return 0
}

/** While the file is bad, the running server is left to say whether it has such a cluster. */
function requireCluster({ config }: LoadedConfig, id: string): void {
  if (config === null) return
  const ids = config.deployment.clusters.map(cluster => cluster.id)
  if (!ids.includes(id)) throw new Failure(`no cluster ${JSON.stringify(id)} in ${config.file}${didYouMean(id, ids)}`)
}
