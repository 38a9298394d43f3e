import { millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import type { Caller } from '../model/audit.ts'
import type { LoadUnit } from '../model/cluster.ts'
import { DRAIN_RAMP_MS } from '../model/drain.ts'
import { MOST_LOAD } from '../model/signals.ts'
import { DURATION_LEGAL, parseDuration, parseRamp, RAMP_LEGAL } from './duration.ts'
import { Failure } from './failure.ts'
import { boolean, demandFields, number, optional, parsed, text } from './fields.ts'
import { json, type Reply } from './reply.ts'
import type { Call } from './router.ts'

const RAMP = optional(parsed(parseRamp, RAMP_LEGAL))
export const DRAIN = {
  percent: optional(number({ min: 1, max: 100 })),
  for: optional(parsed(parseDuration, DURATION_LEGAL)),
  ramp: RAMP,
  reason: optional(text(200)),
  force: optional(boolean),
}
export const RESTORE = { ramp: RAMP }

/** `{ percent?, for?, ramp?, reason?, force? }`; an empty body drains the whole cluster, gradually, until it is restored. */
export async function drain(port: ControlPort, clock: Clock, call: Call): Promise<Reply> {
  const wish = demandFields(await call.body(), DRAIN)
  const intent = {
    cluster: call.params.id!,
    percent: wish.percent ?? 100,
    reason: wish.reason ?? '',
    by: nameOf(call.caller),
    rampMs: wish.ramp ?? DRAIN_RAMP_MS,
    ...(wish.for === undefined ? {} : { until: millis(clock.now() + wish.for) }),
  }
  return json({ drain: await port.drain(intent, wish.force ?? false, call.caller) })
}

/** `{ ramp? }` */
export async function restore(port: ControlPort, call: Call): Promise<Reply> {
  const { ramp } = demandFields(await call.body(), RESTORE)
  const cluster = call.params.id!
  await port.restore({ cluster, by: nameOf(call.caller), rampMs: ramp ?? DRAIN_RAMP_MS }, call.caller)
  return json({ restored: cluster })
}

/** `ops@host (http 192.0.2.1)` */
const nameOf = ({ by, from }: Caller): string => (by === '' ? from : `${by} (${from})`)

export const UNITS: readonly LoadUnit[] = ['bps', 'rps', 'conns']
const amount = optional(number({ min: 0, max: MOST_LOAD }))
export const LOAD = { bps: amount, rps: amount, conns: amount }

/** `{ "bps" | "rps" | "conns": n }`, in the unit of the cluster's capacity; of the whole cluster or of one of its servers. */
export async function load(port: ControlPort, call: Call): Promise<Reply> {
  const given = demandFields(await call.body(), LOAD)
  const units = UNITS.filter(unit => given[unit] !== undefined)
  const unit = units[0]
  if (unit === undefined || units.length > 1)
    throw new Failure('bad-request', 'give the load in exactly one unit; legal: {"bps": n}, {"rps": n} or {"conns": n}')
  const { id, sid } = call.params
  const value = given[unit]!
  await port.reportLoad({ cluster: id!, ...(sid === undefined ? {} : { server: sid }), value }, unit)
  const accepted = { cluster: id, ...(sid === undefined ? {} : { server: sid }), [unit]: value }
  return { ...json({ accepted }), feed: true }
}
