import { Option } from '@commander-js/extra-typings'
import { type Problem, ProblemError } from '../base/problem.ts'
import type { Config } from '../config/config.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'

/** `-c, --config <file>`, the same in every command. */
export const configOption = () => new Option('-c, --config <file>', 'configuration file').default('kingcdn.yaml')

/** `--json`, the same in every command. */
export const jsonOption = () => new Option('--json', 'machine output')

export interface ValidConfig extends LoadedConfig {
  readonly config: Config
}

/** The configuration for a command that needs a valid one; throws {@link ProblemError} with everything that is wrong. */
export async function requireConfig(file: string): Promise<ValidConfig> {
  const loaded = await loadConfig(file)
  const { config } = loaded
  if (config === null) throw new ProblemError(loaded.problems.filter(isError))
  return { ...loaded, config }
}

/** The configuration for a command that only talks to the running server, which serves on while the file is bad. Throws when there is no file. */
export async function readConfig(file: string): Promise<LoadedConfig> {
  const loaded = await loadConfig(file)
  if (loaded.problems.some(problem => isError(problem) && problem.line === 0)) throw new ProblemError(loaded.problems)
  return loaded
}

export const isError = (problem: Problem): boolean => problem.severity === 'error'
