import { formatProblem, type Problem } from '../base/problem.ts'

interface Verdict {
  readonly accepted: boolean
  readonly problems: readonly Problem[]
}

/** A reload that nobody waits for: what comes of it is in the log. Never rejects. */
export async function reloadBySignal(
  reload: () => Promise<Verdict>,
  log: (level: 'warn' | 'error', message: string) => void,
): Promise<void> {
  try {
    const { accepted, problems } = await reload()
    for (const problem of problems) log(accepted ? 'warn' : 'error', formatProblem(problem))
  } catch (error) {
    log('error', `reload failed: ${String(error)}`)
  }
}
