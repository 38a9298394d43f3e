import type { Status } from '../../src/model/status.ts'
import { dig, rdataOf } from '../fixture/dig.ts'
import { BLOCKS, CDN_NAME, type World } from './world.ts'

/** A prober writes every second, an edge reports every two. */
const FRESH_MS = 10_000

/** What is not as it was before anything happened; empty: everybody is at work and of one mind. */
export async function whatIsAmiss({ nameservers, cast }: World): Promise<string[]> {
  const statuses = await Promise.all(nameservers.map(({ url }) => get<Status>(`${url}/v1/status`)))
  const leaders = statuses.filter(({ leader }) => leader.self)
  const amiss = statuses.flatMap((status, i) => ofServer(status).map(what => `${nameservers[i]!.name}: ${what}`))
  if (leaders.length !== 1) amiss.push(`${leaders.length} nameservers lead`)
  if (amiss.length > 0) return amiss
  const answers = await Promise.all(nameservers.map(({ port }) => answersOf(port)))
  BLOCKS.forEach((block, b) => {
    const given = answers.map(each => each[b]!)
    if (new Set(given).size > 1) amiss.push(`${block} is told ${given.join(' | ')}`)
  })
  if (amiss.length > 0) amiss.push(...statuses.map(mindOf))
  const probed = cast.flatMap(({ role, cluster }) => (role === 'prober' ? [cluster!] : []))
  const fresh = await freshlyMeasured(nameservers[0]!.url)
  amiss.push(...probed.filter(cluster => !fresh.has(cluster)).map(cluster => `nothing is measured from ${cluster}`))
  return amiss
}

function ofServer({ store, clusters }: Status): string[] {
  const amiss = store.up ? [] : ['its store is away']
  for (const { id, health, stale } of clusters) {
    if (health !== 'up') amiss.push(`${id} is ${health}`)
    if (stale) amiss.push(`the load of ${id} is stale`)
  }
  return amiss
}

/** What a nameserver answers from: where two of them differ in it, their answers may differ too. */
function mindOf({ node, leader, snapshot, rtt, demand, alarms }: Status): string {
  const { generation, from, estimates, refused, refusedReason } = snapshot
  const mind = { planSeq: leader.planSeq, generation, from, estimates, refused, refusedReason, rtt, demand, alarms }
  return `${node}: ${JSON.stringify(mind)}`
}

async function answersOf(port: number): Promise<string[]> {
  const answers = []
  for (const block of BLOCKS) {
    const reply = await dig(port, [CDN_NAME, 'A', `+subnet=${block}.0/24`])
    answers.push(`${reply.status} ${rdataOf(reply, 'A').join(' ')}`)
  }
  return answers
}

/** Clusters from which something was measured lately. */
async function freshlyMeasured(url: string): Promise<Set<string>> {
  const { measurements } = await get<{ measurements: { cluster: string; measured_at: string }[] }>(`${url}/v1/rtt`)
  const isFresh = ({ measured_at }: { measured_at: string }) => Date.now() - Date.parse(measured_at) < FRESH_MS
  return new Set(measurements.filter(isFresh).map(({ cluster }) => cluster))
}

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T
