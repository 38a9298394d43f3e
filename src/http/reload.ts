import { formatProblem } from '../base/problem.ts'
import type { ControlPort } from '../control/port.ts'
import { Failure } from './failure.ts'
import { boolean, demandFields, optional } from './fields.ts'
import { json, type Reply } from './reply.ts'
import type { Call } from './router.ts'

export const RELOAD = { force: optional(boolean) }

/** `{ force? }`. The verdict when taken (with warnings); 422 with every problem when the old configuration stays. */
export async function reload(port: ControlPort, call: Call): Promise<Reply> {
  const { force } = demandFields(await call.body(), RELOAD)
  const verdict = await port.reload(force ?? false, call.caller)
  if (verdict.accepted) return json(verdict)
  const [first] = verdict.problems
  const why =
    first === undefined ? 'refused' : `${formatProblem(first)}${verdict.problems.length > 1 ? ', and more' : ''}`
  throw new Failure('reload-refused', `the old configuration stays: ${why}`, {
    details: { problems: verdict.problems, generation: verdict.generation, moved: verdict.moved },
  })
}
