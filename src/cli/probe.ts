import { didYouMean } from '../config/nearest.ts'
import { configOption, requireConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import type { Io } from './io.ts'
import { withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn probe --cluster icn-kt --targets resolvers.txt

Runs at a cluster until it is stopped and writes what it measures into the RTT table. One target a line: address[:port] [prefix].
Interval, packet budget and timeout: \`probe\` in the configuration.
`

export function addProbe(program: Program, shell: Shell): void {
  program
    .command('probe')
    .description('measure RTT and loss from a cluster to resolvers')
    .requiredOption('--cluster <id>', 'the cluster it runs at')
    .requiredOption('--targets <file>', 'resolvers to measure')
    .addOption(configOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => probe(options, shell.io)))
}

interface Options {
  readonly cluster: string
  readonly targets: string
  readonly config: string
}

async function probe({ cluster, targets, config: file }: Options, io: Io): Promise<number> {
  const loaded = await requireConfig(file)
  const { config } = loaded
  const ids = config.deployment.clusters.map(({ id }) => id)
  if (!ids.includes(cluster))
    throw new Failure(`no cluster ${JSON.stringify(cluster)} in ${config.file}${didYouMean(cluster, ids)}`)
  const { runProbe } = await import('../probe/run.ts')
  return withSharedState(loaded, io, state =>
    runProbe({
      cluster,
      targets,
      settings: config.probe,
      write: rows => state.putMeasurements(rows),
      log: (_level, message) => io.err(`kingcdn: ${message}\n`),
    }),
  )
}
