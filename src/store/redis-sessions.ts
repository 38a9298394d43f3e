import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { DrainIntent } from '../model/signals.ts'
import { RedisClient } from './redis-client.ts'
import { BLOCK_MS, RedisFollower } from './redis-follower.ts'
import { readTls } from './redis-tls.ts'
import type { Skipped } from './skipped.ts'
import { type StoreListener, StoreUnavailable } from './store.ts'
import type { RedisAddress } from './store-url.ts'

/** A write has an answer or a StoreUnavailable within a second. */
const COMMAND_MS = 900
const FOLLOW_MS = BLOCK_MS + COMMAND_MS
/** First pause after a failure; it doubles up to the longest. */
const PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

export interface SessionDeps {
  readonly clock: Clock
  readonly log: (level: 'info' | 'warn', message: string) => void
  readonly skipped: Skipped
}

/**
 * One session after the other with Redis: two connections, one for commands and one that follows the change stream. When either fails, both
 * are closed, the store is away, and after a pause the next session begins. So "up" means: connected, writable and caught up.
 */
export class RedisSessions {
  readonly #address: RedisAddress
  readonly #deps: SessionDeps
  readonly #stop = new AbortController()
  #listener: StoreListener | null = null
  #follower: RedisFollower | null = null
  #commands: RedisClient | null = null
  /** The connections of the present session, ready or not. */
  #connections: readonly RedisClient[] = []
  #running: Promise<void> | null = null
  #status: boolean | null = null
  #wasReady = false
  /** Why there is no session. */
  #reason = 'connecting'
  /** Settled when the first attempt has come to something. */
  readonly #verdict = new Signal()
  readonly #opened = new Signal()

  constructor(address: RedisAddress, deps: SessionDeps) {
    this.#address = address
    this.#deps = deps
  }

  /** Begins to deliver; once. `known`: see {@link Store.open}. */
  open(listener: StoreListener, known: readonly DrainIntent[]): void {
    if (this.#listener !== null) throw new Error('the store is open already')
    this.#listener = listener
    this.#follower = new RedisFollower({ ...this.#deps, listener }, known)
    this.#opened.give()
    this.#running ??= this.#run()
  }

  async close(): Promise<void> {
    this.#listener = null
    this.#reason = 'the store is closed'
    this.#stop.abort()
    for (const connection of this.#connections) connection.close()
    await this.#running
  }

  /** A connection for commands; waits for the first attempt to connect, never for a later one. */
  async client(): Promise<RedisClient> {
    if (this.#stop.signal.aborted) throw new StoreUnavailable(this.#reason)
    this.#running ??= this.#run()
    if (this.#commands === null) await Promise.race([this.#verdict.given, sleep(COMMAND_MS)])
    const client = this.#commands
    if (client === null || client.isOver) throw new StoreUnavailable(`${this.#address.label}: ${this.#reason}`)
    return client
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let failures = 0
    while (!signal.aborted) {
      const wasUp = await this.#session()
      failures = wasUp ? 0 : failures + 1
      if (signal.aborted) return
      // Jitter: a fleet that lost its Redis must not come back in step.
      const pause = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** failures) * (0.5 + Math.random() / 2)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  /** One session from connecting to its end; true when it was of use. Never rejects. Before {@link open} it follows nothing. */
  async #session(): Promise<boolean> {
    const follower = this.#follower
    const tls = readTls(this.#address)
    if (typeof tls === 'string') {
      this.#away(tls)
      return false
    }
    const commands = new RedisClient(this.#address, COMMAND_MS, tls)
    const stream = follower === null ? null : new RedisClient(this.#address, FOLLOW_MS, tls)
    this.#connections = stream === null ? [commands] : [commands, stream]
    let wasUp = false
    let following: Promise<unknown> = Promise.resolve()
    try {
      await Promise.all(this.#connections.map(connection => connection.connect()))
      this.#commands = commands
      this.#verdict.give()
      if (follower !== null && stream !== null) {
        following = follower.follow(stream, {
          caughtUp: () => {
            wasUp = true
            commands.readOnly = false
            this.#tell(true, `connected to ${this.#address.label}`)
          },
          refusesWrites: reason => {
            commands.readOnly = true
            this.#away(reason)
          },
        })
        await Promise.race([following, commands.ended])
      } else {
        wasUp = true
        await Promise.race([this.#opened.given, commands.ended])
      }
    } catch (error) {
      this.#away(error instanceof Error ? error.message : String(error))
    } finally {
      this.#commands = null
      for (const connection of this.#connections) connection.close()
      // Two followers at once would deliver out of order.
      await following.catch(() => undefined)
    }
    return wasUp
  }

  #away(reason: string): void {
    if (this.#stop.signal.aborted) return
    this.#reason = reason
    this.#verdict.give()
    this.#tell(false, reason)
  }

  #tell(up: boolean, reason: string): void {
    if (this.#listener === null || this.#status === up) return
    this.#status = up
    try {
      this.#listener.onStatus(up, reason)
      if (!up || this.#wasReady) return
      this.#wasReady = true
      this.#listener.onReady()
    } catch (error) {
      this.#deps.log('warn', `store: a listener failed: ${String(error)}`)
    }
  }
}

/** Something that happens once. */
class Signal {
  give: () => void = () => undefined
  readonly given = new Promise<void>(resolve => {
    this.give = resolve
  })
}
