import type { LiveHalf } from '../model/live-table.ts'
import type { Target } from '../model/service.ts'
import type { SharedTrail, TargetTrail, Trail } from '../model/trail.ts'
import { newRouting } from '../route/client.ts'
import { bucketOf, locate, type Spot } from '../route/locate/locate.ts'
import { routeTarget } from '../route/route.ts'
import { targetOrder, targetSlots } from '../route/share/order.ts'
import { serves } from '../route/share/share.ts'
import type { RouteTables } from '../route/tables.ts'
import { clientTrail, type ExplainInput, placeTrail } from './explain.ts'
import { deciding } from './recompute.ts'
import { admittedTargets } from './targets/admitted.ts'
import { PROFILE } from './world.ts'

export interface SharedDecision {
  readonly shared: SharedTrail
  /** Where the client is. */
  readonly place: Pick<Trail, 'place'>
}

/**
 * Which target a client of a shared hostname gets, and why: recomputed from the configuration and the client's country, then compared with what
 * the tables say.
 * @throws Error when the two differ.
 */
export function explainTarget(input: Omit<ExplainInput, 'family'>, hostname: string): SharedDecision {
  const { world, tables, live, client } = input
  const service = world.input.deployment.services[input.service]!
  const targets = service.targets!
  const decided = deciding(world, client)
  const place = world.places[decided.profile[PROFILE.place]!] ?? null
  const country = decided.profile[PROFILE.place] === 0 ? undefined : place?.country
  const { served, spot, chosen } = lookUp(tables, live, input.service, client)
  const admitted = admittedTargets(targets, countries => country !== undefined && countries.includes(country))
  const isOurs = targets.map((_, t) => tables.targets.owner(input.service, t) >= 0)
  const order = targetSlots(targetOrder(targets, admitted, bucketOf(spot.hash)), isOurs)
  const down = order.filter(t => isDown(tables, live, input.service, t))
  const best = order.find(t => !down.includes(t)) ?? order[0]!
  if (best !== chosen || served.source !== decided.source)
    throw new Error(
      `the tables of generation ${tables.generation} do not answer what their sources say: ${hostname} to ${targets[chosen]?.cname}, recomputed ${targets[best]!.cname}`,
    )
  const verdict = (t: number): TargetTrail['verdict'] =>
    t === best ? 'chosen' : down.includes(t) ? 'down' : admitted.includes(t) ? 'outranked' : 'excluded'
  return {
    shared: {
      hostname,
      client: clientTrail(input, spot, served),
      targets: targets.map(({ cname, weight, countries }, t) => ({
        ...{ target: cname, weight, verdict: verdict(t) },
        ...(countries === undefined ? {} : { countries }),
      })),
      target: targets[best]!.cname,
      ttl: service.ttl.cname,
      reason: reasonOf(targets, admitted, order, best, country),
    },
    place: placeTrail(world, { ...decided, block: { place: decided.profile[PROFILE.place] === 0 ? null : place } }),
  }
}

function isDown(tables: RouteTables, live: LiveHalf, service: number, target: number): boolean {
  const owner = tables.targets.owner(service, target)
  return owner >= 0 && !serves(tables, live, owner)
}

function lookUp(tables: RouteTables, live: LiveHalf, service: number, client: ExplainInput['client']) {
  const served = newRouting()
  const spot: Spot = { row: 0, hash: 0, scope: 0 }
  const chosen = routeTarget(tables, live, service, client, served)
  locate(tables.targets, tables.targets.map(service), client, spot, served)
  return { served, spot, chosen }
}

function reasonOf(
  targets: readonly Target[],
  admitted: readonly number[],
  order: readonly number[],
  best: number,
  country: string | undefined,
): string {
  const where = country === undefined ? 'country unknown' : `client in ${country}`
  if (best !== order[0]) return `${where}; ${targets[order[0]!]!.cname} cannot serve`
  if (admitted.length === 1) return `${where}; no other target is for it`
  const sum = admitted.reduce((total, t) => total + targets[t]!.weight, 0)
  return `${where}; by weight, ${Math.round((100 * targets[best]!.weight) / sum)} % of such clients`
}
