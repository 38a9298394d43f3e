/** One thing that is wrong with an input, said so that it can be mended: where, what, and what would be legal. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Path as the operator wrote it; empty where the input has no file. */
  readonly file: string
  /** 1-based; 0 = the whole file. */
  readonly line: number
  /** 1-based; 0 = the whole line. */
  readonly column: number
  /** One sentence: the place inside the document (`clusters[2].capacity`), the value, what is legal. */
  readonly message: string
}

/** `file:line:column: message`, the form that editors and people jump to. */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line || '', problem.column || ''].filter(part => part !== '').join(':')
  const prefix = problem.severity === 'warning' ? 'warning: ' : ''
  return place === '' ? `${prefix}${problem.message}` : `${place}: ${prefix}${problem.message}`
}

/** Thrown by a command or a start-up step that cannot go on; carries every problem, never only the first. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'ProblemError'
    this.problems = problems
  }
}
