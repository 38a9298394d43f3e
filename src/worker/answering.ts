import { Answerer } from '../answer/answerer.ts'
import { Transport } from '../answer/exchange.ts'
import { Arena } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import { hashBytes } from '../base/hash.ts'
import type { Respond } from '../listen/respond.ts'
import { listenTcp } from '../listen/tcp.ts'
import { listenUdp } from '../listen/udp.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import { AT } from '../model/counters.ts'
import { LiveTable } from '../model/live-table.ts'
import type { TablesMessage } from '../model/planner.ts'
import { RouteTables } from '../route/tables.ts'
import { ZoneTables } from '../zone/tables.ts'
import { CrashRing } from './crash-ring.ts'
import type { AnsweringOptions } from './protocol.ts'

/** Addresses that a machine may lack without the others being any worse: IPv6 loopback on a host without IPv6. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

export interface AnsweringWorker {
  /**
   * Binds the sockets. Resolves with the addresses left out because the machine has none such, a sentence each; rejects, with no socket left
   * open, when an address cannot be bound or none of them is there.
   */
  listen(): Promise<readonly string[]>
  /** From the next message on these tables answer; returns their generation. Throws when they cannot be opened: the former stay. */
  use(tables: TablesMessage): number
  /** From the next message on these settings hold. */
  configure(settings: AnswerSettings): void
  stop(): Promise<void>
}

interface Listener {
  close(): Promise<void>
}

/** One worker with its first tables, before it listens. Throws when they cannot be opened. `note` takes sentences for the log. */
export function openAnswering(options: AnsweringOptions, note: (sentence: string) => void): AnsweringWorker {
  const counters = new Float64Array(options.counters)
  const { nsid, ecs, udp, tcp, settings } = options
  const clock = { now: () => millis(Date.now()) }
  const answerer = new Answerer({
    ...{ nsid, ecs, counters, settings, clock, note },
    maxPayload: udp.maxPayload,
    idleMs: tcp.idleMs,
  })
  const use = (tables: TablesMessage): number => {
    answerer.use(openTables(tables))
    return tables.generation
  }
  if (options.tables !== null) use(options.tables)
  const transport = options.role === 'query' ? Transport.Udp : Transport.Tcp
  const respond = guarded(options, counters, (message, length, peer, out) =>
    answerer.answer(message, length, peer, transport, out),
  )
  const listeners: Listener[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(listeners.splice(0).map(listener => listener.close()))
  }
  const listen = async (): Promise<readonly string[]> => {
    try {
      return await listenOnAll(options, respond, counters, listeners)
    } catch (error) {
      await stop()
      throw error
    }
  }
  return { listen, use, configure: next => answerer.configure(next), stop }
}

/** Adds to `listeners` as they open; returns the addresses that are absent. */
async function listenOnAll(
  { role, addresses, udp, tcp }: AnsweringOptions,
  respond: Respond,
  counters: Float64Array,
  listeners: Listener[],
): Promise<string[]> {
  const absent: string[] = []
  const traffic = { counters, at: AT }
  for (const { address: host, port } of addresses) {
    try {
      listeners.push(
        role === 'query'
          ? await listenUdp({ host, port, respond, traffic, receiveBuffer: udp.receiveBuffer })
          : await listenTcp({ host, port, respond, traffic, limits: tcp }),
      )
    } catch (error) {
      if (!isAbsent(error)) throw error
      absent.push((error as Error).message)
    }
  }
  if (listeners.length === 0 && absent.length > 0) throw new Error(absent.join('\n'))
  return absent
}

function openTables({ zones, map, live, generation }: TablesMessage) {
  return {
    zones: ZoneTables.open(openArena(zones, generation)),
    routes: RouteTables.open(openArena(map, generation)),
    live: LiveTable.open(live),
    generation,
  }
}

/** The checksum was verified by the planner when it wrote the tables; here it would only cost time between two answers. */
function openArena(buffer: SharedArrayBuffer, generation: number): Arena {
  const verdict = Arena.open(buffer, false)
  if (verdict.kind === 'bad') throw new Error(`tables of generation ${generation}: ${verdict.reason}`)
  return verdict.arena
}

/** Notes each message while it is answered, so that a worker's death can be explained, and drops those that killed twice. */
function guarded(options: AnsweringOptions, counters: Float64Array, respond: Respond): Respond {
  const ring = new CrashRing(options.crashRing)
  const poison = new Set(options.poison)
  return (message, length, peer, out) => {
    if (poison.size > 0 && poison.has(hashBytes(message, 0, Math.min(length, CrashRing.keptOctets)))) {
      counters[AT.badDatagramsDropped]!++
      return 0
    }
    ring.begin(message, length)
    const written = respond(message, length, peer, out)
    ring.end()
    return written
  }
}

function isAbsent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  return cause?.code !== undefined && ABSENT.has(cause.code)
}
