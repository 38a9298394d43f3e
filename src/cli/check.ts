import { formatProblem, type Problem } from '../base/problem.ts'
import { readAnswerFiles } from '../config/answer-files.ts'
import type { Config } from '../config/config.ts'
import { checkHealthFiles } from '../config/health-files.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { tokenProblem } from '../config/token.ts'
import { configOption, isError, jsonOption } from './config-option.ts'
import type { Io } from './io.ts'
import { type Program, type Shell, shorten } from './shell.ts'
import { plural } from './table.ts'

const EXAMPLE = `
Examples:
  kingcdn check -c kingcdn.yaml
  kingcdn check --json | jq -r '.problems[].message'

Every problem is one line, file:line:column: what is wrong; what would be legal. Exit code 1 if any of them is an error.
`

export function addCheck(program: Program, shell: Shell): void {
  program
    .command('check')
    .description('validate configuration, zones, geo data and references; report all problems')
    .addOption(configOption())
    .option('--strict', 'exit with 1 for warnings too', false)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => check(options, shell.io)))
}

interface Options {
  readonly config: string
  readonly strict: boolean
  readonly json?: true
}

async function check({ config: file, strict, json }: Options, io: Io): Promise<number> {
  const loaded = await loadConfig(file)
  const problems = [...loaded.problems, ...(await contentProblems(loaded, file, io))].map(problem =>
    shorten(problem, io.cwd),
  )
  const errors = problems.filter(isError).length
  const warnings = problems.length - errors
  if (json) io.out(`${JSON.stringify({ ok: errors === 0, errors, warnings, problems })}\n`)
  else {
    for (const problem of problems) io.out(`${paint(problem, io)}\n`)
    io.out(`${summary(file, loaded.config, errors, warnings)}\n`)
  }
  return errors > 0 || (strict && warnings > 0) ? 1 : 0
}

/** Zones, databases and what the configuration says of them; empty while the configuration itself is bad. */
async function contentProblems({ config, locate }: LoadedConfig, file: string, io: Io): Promise<Problem[]> {
  if (config === null) return []
  const [{ checkDeployment }, { parseStoreUrl }] = await Promise.all([
    import('./offline.ts'),
    import('../store/store-url.ts'),
  ])
  const { problems: fileProblems } = readAnswerFiles(config, Date.now())
  const tokens = (['token', 'readToken'] as const).flatMap((key): Problem[] => {
    const fault = tokenProblem(config.http[key], io.env)
    const path = `http.${key}`
    return fault === null ? [] : [{ severity: 'warning', file, ...locate(path), message: `${path}: ${fault}` }]
  })
  const address = parseStoreUrl(config.store)
  const store: Problem[] =
    address.kind === 'bad' ? [{ severity: 'error', file, ...locate('store'), message: `store: ${address.reason}` }] : []
  const files = [...fileProblems, ...checkHealthFiles(config.deployment)].map(({ path, problem }) => ({
    ...problem,
    file,
    ...locate(path),
  }))
  return [
    ...store,
    ...tokens,
    ...files,
    ...(await checkDeployment(config)).map(problem => place(problem, file, locate)),
  ]
}

/** `services[0].cdnName: ...`: a path into the configuration at the head of a message that has no line of its own. */
const AT_PATH = /^([A-Za-z]\w*(?:\[\d+\]|\["[^"]*"\]|\.[\w-]+)*): /

/** Gives a problem of the configuration's content the line it comes from. */
export function place(problem: Problem, file: string, locate: LoadedConfig['locate']): Problem {
  if (problem.line > 0 || (problem.file !== '' && problem.file !== file)) return problem
  const path = AT_PATH.exec(problem.message)?.[1]
  return path === undefined ? { ...problem, file } : { ...problem, file, ...locate(path) }
}

function paint(problem: Problem, io: Io): string {
  const line = formatProblem(problem)
  return isError(problem) ? io.colours.red(line) : io.colours.yellow(line)
}

function summary(file: string, config: Config | null, errors: number, warnings: number): string {
  const found = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ]
  if (config === null) return `${file}: ${found.join(', ')}; zones and geo data are checked once it is right`
  const { zones, clusters, services } = config.deployment
  const contents = `${plural(zones.length, 'zone')}, ${plural(clusters.length, 'cluster')}, ${plural(services.length, 'service')}`
  return `${file}: ${contents}: ${found.length === 0 ? 'ok' : found.join(', ')}`
}
