import { createSocket, type Socket } from 'node:dgram'
import { buildQuery, ecsOption } from '../fixture/message.ts'
import type { Attempt, Outcome, Query } from './record.ts'

/** A resolver waits so long for an answer before it asks the next server. */
const PATIENCE_MS = 1_000
const TRIES = 3
/** A server that was silent is left alone, and asked so often whether it is back. */
const KNOCK_MS = 500

export interface AskedServer {
  readonly name: string
  /** On 127.0.0.1. */
  readonly port: number
}

export interface QueryLoadOptions {
  readonly servers: readonly AskedServer[]
  /** Asked for, with type A. */
  readonly name: string
  /** /24 networks of clients as `a.b.c`, asked for in turn. */
  readonly blocks: readonly string[]
  readonly perSecond: number
  readonly now: () => number
  readonly read: (reply: Uint8Array) => Outcome
}

interface Waiting {
  readonly port: number
  readonly done: (outcome: Outcome) => void
}

/**
 * A steady stream of queries that behaves as a resolver does: the servers in turn; after a second of silence the next one, twice at most; a server that was
 * silent is not asked before it has answered a knock. Every reply is read, none is thrown away unseen but those that come too late.
 */
export class QueryLoad {
  readonly queries: Query[] = []
  readonly knocks: Attempt[] = []
  readonly #options: QueryLoadOptions
  readonly #socket: Socket = createSocket('udp4')
  readonly #waiting = new Map<number, Waiting>()
  readonly #silent = new Set<AskedServer>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #timers: NodeJS.Timeout[] = []
  #id = 0
  #asked = 0

  constructor(options: QueryLoadOptions) {
    this.#options = options
    this.#socket.on('message', (bytes, { port }) => this.#receive(bytes, port))
  }

  start(): void {
    const startedAt = this.#options.now()
    const send = () => {
      const due = Math.floor(((this.#options.now() - startedAt) * this.#options.perSecond) / 1000)
      while (this.#asked < due) this.#follow(this.#query(this.#asked++))
    }
    this.#timers.push(
      setInterval(send, 10),
      setInterval(() => this.#knock(), KNOCK_MS),
    )
  }

  /** Sends nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#underWay)
    this.#socket.close()
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  async #query(number: number): Promise<void> {
    const { blocks, now } = this.#options
    const block = blocks[number % blocks.length]!
    const attempts: Attempt[] = []
    const askedAlready = new Set<AskedServer>()
    while (attempts.length < TRIES && (attempts.at(-1)?.outcome.kind ?? 'silence') === 'silence') {
      const server = this.#choose(number + attempts.length, askedAlready)
      askedAlready.add(server)
      const sentAt = now()
      const outcome = await this.#ask(server, block)
      attempts.push({ server: server.name, sentAt, endedAt: now(), outcome })
      if (outcome.kind === 'silence') this.#silent.add(server)
    }
    this.queries.push({ block, attempts })
  }

  /** The next server in turn of those that answer and were not asked yet; where there is none, of those that were not asked yet. */
  #choose(turn: number, askedAlready: ReadonlySet<AskedServer>): AskedServer {
    const { servers } = this.#options
    const left = servers.filter(server => !askedAlready.has(server))
    const answering = left.filter(server => !this.#silent.has(server))
    const choice = [answering, left, servers].find(list => list.length > 0)!
    return choice[turn % choice.length]!
  }

  #knock(): void {
    const { blocks, now } = this.#options
    for (const server of this.#silent) {
      const sentAt = now()
      const knock = this.#ask(server, blocks[0]!).then(outcome => {
        this.knocks.push({ server: server.name, sentAt, endedAt: now(), outcome })
        if (outcome.kind !== 'silence') this.#silent.delete(server)
      })
      this.#follow(knock)
    }
  }

  #ask({ port }: AskedServer, block: string): Promise<Outcome> {
    this.#id = (this.#id + 1) & 0xffff
    const id = this.#id
    const octets = block.split('.').map(Number)
    const query = buildQuery({ name: this.#options.name, id, edns: { options: [ecsOption(1, 24, octets)] } })
    return new Promise(resolve => {
      const done = (outcome: Outcome) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(outcome)
      }
      // What has arrived while this process was kept from reading it is no silence: sockets are read before setImmediate's turn.
      const giveUp = () => setImmediate(() => this.#waiting.has(id) && done({ kind: 'silence' }))
      const timer = setTimeout(giveUp, PATIENCE_MS)
      this.#waiting.set(id, { port, done })
      this.#socket.send(query, port, '127.0.0.1')
    })
  }

  /** A reply with an id that nobody waits for comes too late, and nobody would believe it. */
  #receive(bytes: Uint8Array, port: number): void {
    const waiting = this.#waiting.get(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))
    if (waiting === undefined || waiting.port !== port) return
    waiting.done(this.#options.read(bytes))
  }
}
