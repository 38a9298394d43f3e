import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis } from 'ioredis'
import { KEY_PREFIX } from './keys.ts'
import { SCRIPTS, type ScriptName } from './redis-scripts.ts'
import { TlsConnector, tlsFault, whyNoTls } from './redis-tls.ts'
import { StoreUnavailable } from './store.ts'
import type { RedisAddress } from './store-url.ts'

/** A connection that is not ready after this is given up. */
const CONNECT_MS = 2_000
/** A peer that does not answer our FIN is dropped after this. */
const FIN_MS = 200
/** Keys of a page. Prefixes with 50 clusters each make some 2 MB of it, which must be read in well under the time-out of a command. */
const SCAN_COUNT = 500
/** Refusals that will not go away on this connection: it is closed, and the next one shows whether the server takes writes again. */
const FATAL_REPLY = /^(READONLY|MISCONF|OOM|MASTERDOWN|CLUSTERDOWN|LOADING|NOAUTH|NOREPLICAS)\b/
/** Among these: no room, or no disk to keep it on. What is there can still be read. */
const FULL_REPLY = /^Redis refuses: (MISCONF|OOM)\b/

type Commands = Record<ScriptName, (...args: (string | number)[]) => Promise<unknown>>

/**
 * One connection (of a Cluster: one to each node), made for one session: it never reconnects. Whatever goes wrong with it ends it, `ended`
 * rejects with the reason, and its owner makes a new one. What commands return is outside input, hence `unknown`.
 */
export class RedisClient {
  readonly #client: Redis | Cluster
  readonly #address: RedisAddress
  readonly #tls: ConnectionOptions | null
  readonly #secrets: readonly string[]
  #reason = ''
  #end: (reason: StoreUnavailable) => void = () => undefined
  /** Rejects once, when the connection is over. */
  readonly ended: Promise<never>
  isOver = false
  /** Set while Redis is known to take no writes for want of room: then a refusal says nothing new and does not end the connection. */
  readOnly = false

  /** `timeoutMs`: a command without a reply for so long ends the connection. */
  constructor(address: RedisAddress, timeoutMs: number, tls: ConnectionOptions | null) {
    this.#secrets = [address.password, address.sentinelPassword].filter(secret => secret !== null)
    this.#client = createClient(address, timeoutMs, tls)
    this.#address = address
    this.#tls = tls
    this.ended = new Promise((_, reject) => {
      this.#end = reject
    })
    this.ended.catch(() => undefined)
    this.#client.on('error', (error: unknown) => this.#notice(error))
    this.#client.on('node error', (error: unknown) => this.#notice(error))
    this.#client.on('end', () => this.#finish(this.#reason || 'Redis closed the connection'))
  }

  async connect(): Promise<void> {
    const silence = `no answer within ${CONNECT_MS} ms${this.#tls !== null ? ' (TLS; a port without it is redis://)' : ''}`
    const timer = setTimeout(() => this.#finish(this.#reason || silence), CONNECT_MS)
    try {
      await Promise.race([this.#client.connect(), this.ended])
      // The nodes of a Cluster connect at their first command: not all of them may be up, and those that are must be ready.
      if (this.#client instanceof Cluster)
        await Promise.race([Promise.allSettled(this.#client.nodes('master').map(node => node.ping())), this.ended])
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) this.#finish(this.#reason || messageOf(error))
      const fault = await this.#tlsFault()
      throw fault === null ? this.#unavailable(error) : new StoreUnavailable(fault)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Of Sentinels and nodes of a Cluster ioredis only says that they closed the connection. */
  async #tlsFault(): Promise<string | null> {
    const { mode, hosts } = this.#address
    return this.#tls === null || mode === 'single' ? null : whyNoTls(hosts, this.#tls, CONNECT_MS)
  }

  close(): void {
    this.#finish('the connection was closed')
  }

  /** Runs a script of redis-scripts.ts. Throws StoreUnavailable, whatever the cause. */
  async script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[] = []): Promise<unknown> {
    try {
      return await (this.#client as unknown as Commands)[name](...keys, ...args)
    } catch (error) {
      throw this.#unavailable(error)
    }
  }

  /** Why Redis takes no writes (there is no room for them), null when it does: tried on a key of ours, which stays as it is. */
  async refusal(key: string): Promise<string | null> {
    const before = this.readOnly
    this.readOnly = true
    try {
      await this.script('probe', [key])
      return null
    } catch (error) {
      const { message } = error as StoreUnavailable
      if (!this.isOver && FULL_REPLY.test(message)) return message
      throw error
    } finally {
      this.readOnly = before
    }
  }

  /** At most `most` octets of a string; null when the key is of another type. */
  async text(key: string, most: number): Promise<unknown> {
    return this.#unlessWrongType(this.#client.getrange(key, 0, most))
  }

  /** Entries of the stream after `position`, waiting up to `blockMs` for the first; 0: not waiting. null when there is none. */
  async changes(key: string, position: string, count: number, blockMs: number): Promise<unknown> {
    const read =
      blockMs > 0
        ? this.#client.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', key, position)
        : this.#client.xread('COUNT', count, 'STREAMS', key, position)
    return this.#unlessWrongType(read)
  }

  /** Every key under our prefix, page by page, some perhaps twice. Of a Cluster: those of every master. */
  async *keys(): AsyncIterable<readonly string[]> {
    const nodes = this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client]
    for (const node of nodes) {
      let cursor = '0'
      do {
        const [next, page] = await node.scan(cursor, 'MATCH', `${KEY_PREFIX}*`, 'COUNT', SCAN_COUNT).catch(error => {
          throw this.#unavailable(error)
        })
        if (page.length > 0) yield page
        cursor = next
      } while (cursor !== '0')
    }
  }

  async #unlessWrongType(reply: Promise<unknown>): Promise<unknown> {
    try {
      return await reply
    } catch (error) {
      if (messageOf(error).startsWith('WRONGTYPE')) return null
      throw this.#unavailable(error)
    }
  }

  #finish(reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#end(new StoreUnavailable(this.#clean(reason)))
    this.#client.disconnect()
  }

  #notice(error: unknown): void {
    // What ioredis says of its own retries would hide what the server said first.
    const message = inPlainWords(messageOf(error))
    if (this.#reason === '' || !/closed|All sentinels|refresh slots/.test(message)) this.#reason = message
  }

  /**
   * Without `cause`: ioredis errors carry the command with its arguments, and that of AUTH is the password.
   * Ends the connection unless the server merely refused this one command.
   */
  #unavailable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error
    const message = messageOf(error)
    const refused = error instanceof Error && error.name === 'ReplyError'
    const reason = refused ? `Redis refuses: ${message}` : this.#reason || inPlainWords(message)
    const isKnown = this.readOnly && FULL_REPLY.test(reason)
    if (!refused || (FATAL_REPLY.test(message) && !isKnown)) this.#finish(reason)
    return new StoreUnavailable(this.#clean(reason))
  }

  #clean(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
  }
}

function createClient(address: RedisAddress, timeoutMs: number, tls: ConnectionOptions | null): Redis | Cluster {
  if (address.mode === 'cluster') return createCluster(address, timeoutMs, tls)
  const options = {
    ...commonOptions(address, timeoutMs, tls),
    db: address.db,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: null,
  }
  if (address.mode === 'single') return new Redis({ ...options, ...connectorFor(tls), ...address.hosts[0]! })
  return new Redis({
    ...options,
    sentinels: [...address.hosts],
    name: address.master,
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: timeoutMs,
    sentinelUsername: address.sentinelUsername ?? undefined,
    sentinelPassword: address.sentinelPassword ?? undefined,
    failoverDetector: true,
    ...(tls === null ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  })
}

/** Not auto-pipelined: ioredis 6.0.0 takes the first argument of a script for its number of keys there and loops over so many. */
function createCluster(address: RedisAddress, timeoutMs: number, tls: ConnectionOptions | null): Cluster {
  return new Cluster([...address.hosts], {
    redisOptions: { ...commonOptions(address, timeoutMs, tls), ...connectorFor(tls) },
    scripts: SCRIPTS,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: () => null,
    slotsRefreshTimeout: CONNECT_MS,
    maxRedirections: 5,
    // Nodes are reached by the name they were given (TLS checks it), not by one address of it.
    dnsLookup: (name, callback) => callback(null, name),
  })
}

function commonOptions(address: RedisAddress, timeoutMs: number, tls: ConnectionOptions | null) {
  return {
    username: address.username ?? undefined,
    password: address.password ?? undefined,
    // RESP2: the same replies from every server and proxy, XREAD included.
    protocol: 2 as const,
    connectTimeout: CONNECT_MS,
    disconnectTimeout: FIN_MS,
    commandTimeout: timeoutMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    scripts: SCRIPTS,
    lazyConnect: true,
    ...(tls === null ? {} : { tls }),
  }
}

function connectorFor(tls: ConnectionOptions | null) {
  return tls === null ? {} : { Connector: TlsConnector as never }
}

function inPlainWords(message: string): string {
  if (message === 'Command timed out') return 'Redis does not answer'
  return /closed|aborted|writeable|retries per request/.test(message) ? 'Redis closed the connection' : message
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, lastNodeError } = error as Error & { code?: unknown; lastNodeError?: unknown }
  if (lastNodeError instanceof Error) return messageOf(lastNodeError)
  const fault = tlsFault(error)
  if (fault !== null) return fault
  // A name with several addresses fails with an AggregateError that says nothing itself.
  return error.message || (error instanceof AggregateError ? messageOf(error.errors[0]) : String(code ?? error.name))
}
