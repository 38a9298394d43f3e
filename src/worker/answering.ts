import { Answerer } from '../answer/answerer.ts'
import { Transport } from '../answer/exchange.ts'
import { Arena } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import { hashBytes } from '../base/hash.ts'
import type { Respond } from '../listen/respond.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import { AT } from '../model/counters.ts'
import { DemandSketch } from '../model/demand-sketch.ts'
import { LiveTable } from '../model/live-table.ts'
import type { TablesMessage } from '../model/planner.ts'
import { QueryRing } from '../model/query-ring.ts'
import { ResolverSketch } from '../model/resolver-sketch.ts'
import { RouteTables } from '../route/tables.ts'
import { ZoneTables } from '../zone/tables.ts'
import { CrashRing } from './crash-ring.ts'
import type { AnsweringOptions } from './protocol.ts'
import { QueryTap } from './query-tap.ts'
import { StreamSockets } from './stream-sockets.ts'
import { udpSockets } from './udp-sockets.ts'

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
  /** Lets answers leave, then closes the sockets. `succeeded`: another process serves the same addresses by now. */
  stop(succeeded: boolean): Promise<void>
  /** Waits for queries and answers what is there, for a thread that does nothing else; null where the event loop brings them. */
  readonly turn: (() => void) | null
  /** To be called now and then: reads what only the kernel counts. */
  takeStock(): void
}

/** UDP sockets of a query worker, TCP and TLS sockets of the tcp worker. */
interface Sockets
  extends Pick<StreamSockets, 'open' | 'present' | 'close'>,
    Pick<AnsweringWorker, 'turn' | 'takeStock' | 'stop'> {}

/** Where a worker's sentences go. */
export interface Voice {
  /** Takes a sentence for the log. */
  note(sentence: string): void
  /** Takes all that an operator should act on by now. */
  troubles(sentences: readonly string[]): void
}

/** One worker with its first tables, before it listens. Throws when they cannot be opened. */
export function openAnswering(options: AnsweringOptions, voice: Voice): AnsweringWorker {
  const counters = new Float64Array(options.counters)
  const { nsid, ecs, udp, tcp, settings } = options
  const clock = { now: () => millis(Date.now()) }
  const answerer = new Answerer({
    ...{ nsid, ecs, counters, settings, clock },
    demand: DemandSketch.open(options.demand),
    resolvers: ResolverSketch.open(options.resolvers),
    note: sentence => voice.note(sentence),
    batched: options.role === 'query' && options.udp.transport === 'batch',
    secret: crypto.getRandomValues(new Uint32Array(4)),
    maxPayload: udp.maxPayload,
    idleMs: tcp.idleMs,
    stopwatch: () => performance.now(),
  })
  const use = (tables: TablesMessage): number => {
    answerer.use(openTables(tables))
    return tables.generation
  }
  if (options.tables !== null) use(options.tables)
  const [seed = 0] = crypto.getRandomValues(new Int32Array(1))
  const tap = new QueryTap(answerer, new QueryRing(options.queryRing), seed)
  tap.configure(settings.sampling)
  const sockets = openSockets(options, answerer, tap, counters, voice)
  const configure = (next: AnswerSettings): void => {
    answerer.configure(next)
    tap.configure(next.sampling)
    sockets.present(next.tls)
  }
  const listen = async (): Promise<readonly string[]> => {
    try {
      return await sockets.open(settings.tls)
    } catch (error) {
      await sockets.close()
      throw error
    }
  }
  const { turn, takeStock, stop } = sockets
  return { listen, use, configure, stop, turn, takeStock }
}

function openSockets(
  options: AnsweringOptions,
  answerer: Answerer,
  tap: QueryTap,
  counters: Float64Array,
  voice: Voice,
): Sockets {
  const guard = newGuard(options, counters)
  const over = (transport: Transport): Respond =>
    guard((message, length, peer, out) => tap.answer(message, length, peer, transport, out))
  const traffic = { counters, at: AT }
  if (options.role === 'tcp') {
    const { addresses, tlsAddresses, tcp, freebind, beside } = options
    const [overTcp, overTls] = [over(Transport.Tcp), over(Transport.Tls)]
    const where = { addresses, tlsAddresses, freebind, beside }
    const sockets = new StreamSockets({ ...where, tcp, overTcp, overTls, traffic, ...voice })
    return {
      open: tls => sockets.open(tls),
      present: tls => sockets.present(tls),
      stop: async succeeded => {
        if (succeeded) await sockets.yield()
        await sockets.close()
      },
      close: () => sockets.close(),
      turn: null,
      takeStock: () => {},
    }
  }
  const respond = over(Transport.Udp)
  const sockets = udpSockets({ ...options, respond, begin: () => answerer.tick(), traffic })
  let dropped = 0
  return {
    open: () => sockets.open(),
    present: () => {},
    stop: () => sockets.stop(),
    close: () => sockets.close(),
    turn: sockets.turn,
    takeStock: () => {
      const now = sockets.dropped()
      counters[AT.receiveDropped]! += now - dropped
      dropped = now
    },
  }
}

function openTables({ zones, map, live, generation, zoneNumbers }: TablesMessage) {
  return {
    zones: ZoneTables.open(openArena(zones, generation)),
    routes: RouteTables.open(openArena(map, generation)),
    live: LiveTable.open(live),
    generation,
    zoneNumbers,
  }
}

/** The checksum was verified by the planner when it wrote the tables; here it would only cost time between two answers. */
function openArena(buffer: SharedArrayBuffer, generation: number): Arena {
  const verdict = Arena.open(buffer, false)
  if (verdict.kind === 'bad') throw new Error(`tables of generation ${generation}: ${verdict.reason}`)
  return verdict.arena
}

/** Notes each message while it is answered, so that a worker's death can be explained, and drops those that killed twice. */
function newGuard(options: AnsweringOptions, counters: Float64Array): (respond: Respond) => Respond {
  const ring = new CrashRing(options.crashRing)
  const poison = new Set(options.poison)
  return respond => (message, length, peer, out) => {
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
