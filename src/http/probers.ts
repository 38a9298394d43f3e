import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import { Failure } from './failure.ts'
import { boolean, demandFields, number, optional, text } from './fields.ts'
import { json, type Reply } from './reply.ts'

const LONGEST_STAY_MS = 60_000
const STAY_MS = 6_000
export const BODY = {
  cluster: text(63),
  prober: text(100),
  ms: optional(number({ min: 1, max: LONGEST_STAY_MS, whole: true })),
  leave: optional(boolean),
}

/** The resolvers that ask the fleet, heaviest first: what probers measure. */
export async function getResolvers(port: ControlPort, clock: Clock): Promise<Reply> {
  return json({ resolvers: await port.resolvers.known(clock.now()) })
}

/** `{ cluster, prober, ms?, leave? }`: a prober says that it is there, for so long, or that it goes; and hears who else is. */
export async function putProber(port: ControlPort, body: unknown): Promise<Reply> {
  const { cluster, prober, ms, leave } = demandFields(body, BODY)
  if (!port.status().clusters.some(({ id }) => id === cluster))
    throw new Failure('not-found', `cluster: ${JSON.stringify(cluster)} is not configured`)
  if (leave === true) {
    await port.resolvers.leave(cluster, prober)
    return { ...json({ left: true }), feed: true }
  }
  return { ...json(await port.resolvers.join(cluster, prober, ms ?? STAY_MS)), feed: true }
}
