import { isAbsolute, relative } from 'node:path'
import { Command, CommanderError, type OptionValues } from '@commander-js/extra-typings'
import { formatProblem, type Problem, ProblemError } from '../base/problem.ts'
import { Refusal } from '../control/port.ts'
import { StoreFull, StoreUnavailable } from '../store/store.ts'
import { Failure } from './failure.ts'
import type { Io } from './io.ts'

export type Program = Command<[], OptionValues>

/** What every command gets: its surroundings, and the wrapper that turns the outcome of its action into an exit code. */
export interface Shell {
  readonly io: Io
  /** Runs an action; its number, or what it throws, becomes the exit code: 0 ok, 1 the thing asked about is wrong, 2 usage. */
  run(action: () => Promise<number>): Promise<void>
}

/** Adds the commands to a fresh program, runs it on `argv` (as `process.argv`) and gives the exit code. Never rejects. */
export async function runProgram(
  argv: readonly string[],
  io: Io,
  version: string,
  commands: readonly ((program: Program, shell: Shell) => void)[],
): Promise<number> {
  let exitCode = 0
  const program: Program = new Command()
    .name('kingcdn')
    .description('Authoritative DNS nameserver that is the request router of a content delivery network')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
  const shell: Shell = {
    io,
    run: async action => {
      exitCode = await action()
    },
  }
  for (const add of commands) add(program, shell)
  try {
    await program.parseAsync([...argv])
    return exitCode
  } catch (error) {
    return report(error, io)
  }
}

function report(error: unknown, io: Io): number {
  // Commander has already written its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof ProblemError) {
    for (const problem of error.problems) io.err(`${formatProblem(shorten(problem, io.cwd))}\n`)
    return 1
  }
  if (error instanceof StoreUnavailable) {
    io.err(`kingcdn: the store is away (${error.message}); nothing was half written, try again once it answers\n`)
    return 1
  }
  if (error instanceof Failure || error instanceof Refusal || error instanceof StoreFull) {
    io.err(`kingcdn: ${error.message}\n`)
    return error instanceof Failure ? error.exitCode : 1
  }
  io.err(`kingcdn: ${error instanceof Error ? describe(error) : String(error)}\n`)
  return 1
}

/** What the system refuses (a port, a file) in its own words; anything else is a fault of ours and shows where. */
function describe(error: Error): string {
  return 'code' in error || 'syscall' in error ? error.message : (error.stack ?? error.message)
}

/** Paths below the working folder are shown as a person would type them. */
export function shorten(problem: Problem, cwd: string): Problem {
  if (!isAbsolute(problem.file)) return problem
  const path = relative(cwd, problem.file)
  return path.startsWith('..') ? problem : { ...problem, file: path }
}
