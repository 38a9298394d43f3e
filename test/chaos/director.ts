import { Actor } from './actor.ts'
import type { Outage } from './members.ts'
import { REACTION_MS, undisturbed } from './reaction.ts'
import type { Downtime } from './record.ts'
import type { MachineryOutage, Round, TimedOutage } from './schedule.ts'
import type { World } from './world.ts'

/** Between two outages of the machinery. */
const BREATH_MS = 300
/** The calm lasts this much longer than the slowest reaction, so that whoever failed to react is seen. */
const SEEN_MS = 1_000

/** Has the cast play a schedule, and writes down who was down when. */
export class Director {
  readonly downtimes: Downtime[] = []
  readonly #actors: ReadonlyMap<string, Actor>
  readonly #nameservers: readonly string[]
  readonly #now: () => number
  /** The edge that fell with the machinery in the last round. */
  #partner: { readonly since: number; readonly revive: () => Promise<void> } | null = null

  constructor(world: World, folder: string, now: () => number) {
    this.#actors = new Map(world.cast.map(spec => [spec.name, new Actor(spec, folder)]))
    this.#nameservers = world.nameservers.map(({ name }) => name)
    this.#now = now
  }

  /** Starts everybody: what others need first, and the large ones one after the other. */
  async raise(): Promise<void> {
    const all = [...this.#actors.values()]
    const small = all.filter(({ spec }) => spec.role === 'redis' || spec.role === 'edge')
    await Promise.all(small.map(actor => actor.start()))
    for (const actor of all) if (!small.includes(actor)) await actor.start()
  }

  /** One round; in the end everybody is at work again, but the edge that fell with the machinery. */
  async play({ edges, probers, machinery }: Round): Promise<void> {
    const from = this.#now()
    const revivals = []
    for (const outage of edges) revivals.push(await this.#strike(outage))
    const since = edges.length > 0 ? from : (this.#partner?.since ?? null)
    await Promise.all([this.#pass(probers), since === null ? null : this.#calm(since)])
    await this.finish()
    for (const outage of machinery) {
      await this.#pass(outage)
      await pause(BREATH_MS)
    }
    for (const revive of revivals) await revive()
  }

  /** Nobody is down any more. */
  async finish(): Promise<void> {
    await this.#partner?.revive()
    this.#partner = null
  }

  /** What everybody wrote last, for people. */
  logs(): string {
    return [...this.#actors.values()].map(actor => `--- ${actor.name}\n${actor.log()}`).join('\n')
  }

  async discard(): Promise<void> {
    await Promise.all([...this.#actors.values()].map(actor => actor.discard()))
  }

  async #pass({ forMs, blow, members, partner = null }: TimedOutage & Partial<MachineryOutage>): Promise<void> {
    const since = this.#now()
    const together = partner === null ? members : [...members, partner]
    const [revive, revivePartner] = await Promise.all([
      this.#strike({ blow, members }, together),
      partner === null ? null : this.#strike({ blow, members: [partner] }, together),
    ])
    if (revivePartner !== null) this.#partner = { since, revive: revivePartner }
    await pause(forMs)
    await revive()
  }

  /** Gives what undoes it. `together`: all who fall at this moment. */
  async #strike({ blow, members }: Outage, together = members): Promise<() => Promise<void>> {
    const roles = together.map(name => this.#actors.get(name)!.spec.role).sort()
    const struck = members.map(name => {
      const actor = this.#actors.get(name)!
      const downtime: Downtime = { name, role: actor.spec.role, blow, together: roles, from: this.#now(), to: null }
      this.downtimes.push(downtime)
      return { actor, downtime }
    })
    await Promise.all(struck.map(({ actor }) => actor.strike(blow)))
    return async () => {
      await Promise.all(
        struck.map(async ({ actor, downtime }) => {
          await actor.revive(blow)
          downtime.to = this.#now()
        }),
      )
    }
  }

  /** Until every nameserver has had the time to learn what has happened since. */
  async #calm(since: number): Promise<void> {
    const learning = (server: string) => undisturbed(since, this.#now(), server, this.downtimes) < REACTION_MS + SEEN_MS
    while (this.#nameservers.some(learning)) await pause(100)
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
