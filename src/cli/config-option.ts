import { Option } from '@commander-js/extra-typings'
import { type Problem, ProblemError } from '../base/problem.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'

/** `-c, --config <file>`, the same in every command. */
export const configOption = () => new Option('-c, --config <file>', 'configuration file').default('kingcdn.yaml')

/** `--json`, the same in every command. */
export const jsonOption = () => new Option('--json', 'machine output')

/** The configuration for a command that needs a valid one; throws {@link ProblemError} with everything that is wrong. */
export async function requireConfig(file: string): Promise<Config> {
  const { config, problems } = await loadConfig(file)
  if (config === null) throw new ProblemError(problems.filter(isError))
  return config
}

export const isError = (problem: Problem): boolean => problem.severity === 'error'
