import { formatProblem, type Problem } from '../base/problem.ts'
import type { ReloadVerdict } from '../control/port.ts'
import { ApiClient, ApiFailure } from './api-client.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import type { Io } from './io.ts'
import { type Program, type Shell, shorten } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn reload -c /etc/kingcdn/kingcdn.yaml

Configuration, zones and geo data are read again and replace the old ones in one step. The old ones stay if anything is wrong.
`
/** A large map takes its time to compile. */
const PATIENCE_MS = 10 * 60_000

export function addReload(program: Program, shell: Shell): void {
  program
    .command('reload')
    .description('reload configuration, zones and geo data of the running server')
    .addOption(configOption())
    .option('--force', 'take the new map even if it moves an unusual share of the clients', false)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => reload(options, shell.io)))
}

interface Options {
  readonly config: string
  readonly force: boolean
  readonly json?: true
}

async function reload({ config, force, json }: Options, io: Io): Promise<number> {
  const client = new ApiClient((await readConfig(config)).access, io.env)
  try {
    const verdict = (await client.post('/v1/reload', { force }, PATIENCE_MS)) as ReloadVerdict
    if (json) io.out(`${JSON.stringify(verdict)}\n`)
    else {
      printProblems(verdict.problems, io)
      const moved = verdict.moved === null ? '' : `; ${(verdict.moved * 100).toFixed(1)} % of the demand moved`
      io.out(`reloaded: generation ${verdict.generation} is served${moved}\n`)
    }
    return 0
  } catch (error) {
    if (!(error instanceof ApiFailure) || !Array.isArray(error.details.problems)) throw error
    if (json) io.out(`${JSON.stringify({ accepted: false, ...error.details })}\n`)
    else {
      printProblems(error.details.problems as Problem[], io)
      io.err('not reloaded: the old configuration stays\n')
    }
    return 1
  }
}

function printProblems(problems: readonly Problem[], io: Io): void {
  for (const problem of problems) io.err(`${formatProblem(shorten(problem, io.cwd))}\n`)
}
