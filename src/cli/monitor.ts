import { millis } from '../base/brand.ts'
import { ProblemError } from '../base/problem.ts'
import { monitorSettings } from '../config/build-health.ts'
import type { Config } from '../config/config.ts'
import { checkHealthFiles } from '../config/health-files.ts'
import { nodeName } from '../config/kind/name.ts'
import type { MonitorSettings } from '../model/health-checks.ts'
import { configOption, isError, requireConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import { createLog } from './log.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn monitor -c kingcdn.yaml --name fra-1

Runs the checks of \`clusters[].health\` until it is stopped, and writes what it finds to the store, one more voice among the monitors.
SIGHUP reads the configuration anew, SIGTERM and SIGINT stop. \`serve\` checks too, unless \`monitor.enabled\` is false.
`

export function addMonitor(program: Program, shell: Shell): void {
  program
    .command('monitor')
    .description('check the health of servers, without a nameserver')
    .addOption(configOption())
    .option(
      '--name <name>',
      'its name among the monitors of the fleet (default: `monitor.name`, or `node` and -monitor)',
    )
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => monitor(options)))
}

interface Options {
  readonly config: string
  readonly name?: string
}

async function monitor({ config: file, name }: Options): Promise<number> {
  if (name !== undefined && !nodeName.safeParse(name).success)
    throw new Failure(`${JSON.stringify(name)} is no name of a monitor; 1 to 64 of A-Z, a-z, 0-9, . _ and -`, 2)
  const { config, settings } = await read(file, name)
  if (config.store === 'memory')
    throw new Failure(
      '`store: memory` lives inside `kingcdn serve`, which runs the checks itself; a monitor of its own needs a Redis in `store`',
    )
  if (settings.clusters.length === 0)
    throw new Failure(`no cluster in ${config.file} has \`health\`: there is nothing to check`)
  const events = createLog(config.log)
  const log = events.write
  const [{ createStore }, { runMonitor }] = await Promise.all([
    import('../store/create.ts'),
    import('../probe/health/run.ts'),
  ])
  const store = createStore(config.store, {
    stateDir: config.state,
    clock: { now: () => millis(Date.now()) },
    log,
  })
  const reread = async (): Promise<MonitorSettings | null> => {
    try {
      return (await read(file, name)).settings
    } catch (error) {
      log('error', error instanceof Error ? error.message : String(error))
      return null
    }
  }
  try {
    return await runMonitor({ settings, reread, report: report => store.putHealth(report), log })
  } finally {
    await store.close()
    events.close()
  }
}

/** Throws {@link ProblemError} with everything that is wrong. */
async function read(file: string, name: string | undefined): Promise<{ config: Config; settings: MonitorSettings }> {
  const { config, locate } = await requireConfig(file)
  const faults = checkHealthFiles(config.deployment).filter(({ problem }) => isError(problem))
  if (faults.length > 0)
    throw new ProblemError(faults.map(({ path, problem }) => ({ ...problem, file, ...locate(path) })))
  return { config, settings: monitorSettings(config, true, name) }
}
