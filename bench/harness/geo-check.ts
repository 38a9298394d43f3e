import { execFileSync } from 'node:child_process'
import { findTool } from '../../test/fixture/tools.ts'
import { type Block, SERVICES } from './geo-world.ts'
import type { Running } from './start.ts'

/** What dig was told for a client. */
export interface GeoAnswer {
  readonly addresses: readonly string[]
  /** ECS scope; null when the reply had no such option. */
  readonly scope: number | null
}

export function askFor(server: Running, [a, b, c]: Block): GeoAnswer {
  const { address, port } = server.site
  const question = [`@${address}`, '-p', String(port), SERVICES[0]!, 'A', `+subnet=${a}.${b}.${c}.0/24`]
  const text = execFileSync(findTool('dig')!, [...question, '+norecurse', '+tries=2'], { encoding: 'latin1' })
  const scope = /CLIENT-SUBNET: [\d.]+\/\d+\/(\d+)/.exec(text)?.[1]
  return {
    addresses: [...text.matchAll(/^\S+\s+\d+\s+IN\s+A\s+([\d.]+)$/gm)].map(([, found]) => found!).sort(),
    scope: scope === undefined ? null : Number(scope),
  }
}

/** Different answers that a contender must have for the clients, so that it may be called one that answers by client. */
const LEAST_ANSWERS = 5

/** Asks for each client. Throws unless the server answers by the client and owns to it in the ECS scope. */
export function insistOnGeo(server: Running, clients: readonly Block[]): GeoAnswer[] {
  const answers = clients.map(client => askFor(server, client))
  const different = new Set(answers.map(({ addresses }) => addresses.join(' ')))
  if (answers.some(({ addresses }) => addresses.length === 0))
    throw new Error(`${server.name} has clients without answer`)
  if (different.size < LEAST_ANSWERS)
    throw new Error(`${server.name} has only ${different.size} answers for ${clients.length} clients`)
  if (answers.some(({ scope }) => scope === null || scope === 0))
    throw new Error(`${server.name} says of some answers that they hold for every client`)
  return answers
}
