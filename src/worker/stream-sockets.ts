import type { StreamListener } from '../listen/accept.ts'
import { Desk } from '../listen/desk.ts'
import { underWildcards } from '../listen/local-addresses.ts'
import type { Respond, Traffic } from '../listen/respond.ts'
import { listenTcp } from '../listen/tcp.ts'
import { credentialsFault, listenTls, type TlsListener } from '../listen/tls.ts'
import type { TlsSettings } from '../model/answer-settings.ts'
import { openAll, openSome } from './open-all.ts'
import type { Address, AnsweringOptions } from './protocol.ts'

export interface StreamSocketsOptions
  extends Pick<AnsweringOptions, 'addresses' | 'tlsAddresses' | 'tcp' | 'freebind' | 'beside'> {
  readonly overTcp: Respond
  readonly overTls: Respond
  readonly traffic: Traffic
  /** Gets sentences for the log. */
  readonly note: (sentence: string) => void
  /** Told after each try to listen for TLS: where it failed, a sentence each. */
  readonly troubles: (sentences: readonly string[]) => void
}

/** The TCP and TLS sockets of the tcp worker, with one desk for all. Without a certificate nothing listens for TLS. */
export class StreamSockets {
  readonly #options: StreamSocketsOptions
  readonly #desk: Desk
  #plain: readonly StreamListener[] = []
  readonly #secure = new Map<Address, TlsListener>()
  #shown: TlsSettings | null = null
  /** Sockets open one after the other; when this resolves, none is being opened. */
  #opening: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: StreamSocketsOptions) {
    const [addresses, tlsAddresses] = [underWildcards(options.addresses), underWildcards(options.tlsAddresses)]
    this.#options = { ...options, addresses, tlsAddresses }
    this.#desk = new Desk(options.traffic, options.tcp)
  }

  /** Resolves with a sentence for each address that this machine lacks; rejects when one cannot be bound or none for TCP is there. */
  async open(tls: TlsSettings | null): Promise<readonly string[]> {
    const { addresses, tlsAddresses, overTcp, freebind, beside } = this.#options
    const plain = await openSome(addresses, ({ address: host, port }) =>
      listenTcp({ host, port, freebind, beside, respond: overTcp, desk: this.#desk }),
    )
    this.#plain = plain.listeners
    if (tls === null || !this.#isTaken(tls)) return plain.absent
    const secure = await openAll(tlsAddresses, address => this.#openTls(address, tls))
    this.#options.troubles(secure.absent)
    return [...plain.absent, ...secure.absent]
  }

  /**
   * New TLS connections get this certificate; addresses where nothing listens yet are tried (again). null changes nothing: the addresses
   * themselves hold until the next start.
   */
  present(tls: TlsSettings | null): void {
    this.#opening = this.#opening.then(() => this.#present(tls))
  }

  /** See {@link StreamListener.yield}. */
  async yield(): Promise<void> {
    this.#closed = true
    await this.#opening
    await Promise.all(this.#listeners.map(listener => listener.yield()))
  }

  /** Lets replies leave, within a second. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening
    const listeners = this.#listeners
    await Promise.all([...listeners.map(listener => listener.close()), this.#desk.close()])
  }

  get #listeners(): StreamListener[] {
    return [...this.#plain, ...this.#secure.values()]
  }

  async #present(tls: TlsSettings | null): Promise<void> {
    const unchanged = tls?.certificate === this.#shown?.certificate && tls?.key === this.#shown?.key
    if (tls === null || this.#closed || !(unchanged || this.#isTaken(tls))) return
    if (!unchanged) for (const listener of this.#secure.values()) listener.present(tls)
    const troubles: string[] = []
    for (const address of this.#options.tlsAddresses) {
      if (this.#secure.has(address)) continue
      await this.#openTls(address, tls).catch((error: unknown) => troubles.push((error as Error).message))
    }
    for (const trouble of troubles) this.#options.note(trouble)
    this.#options.troubles(troubles)
  }

  async #openTls(address: Address, credentials: TlsSettings): Promise<TlsListener> {
    const { address: host, port } = address
    const { overTls: respond, freebind, beside } = this.#options
    const listener = await listenTls({ host, port, freebind, beside, respond, desk: this.#desk, credentials })
    this.#secure.set(address, listener)
    return listener
  }

  /** Remembers the certificate as the one that is shown, unless OpenSSL does not take it. */
  #isTaken(tls: TlsSettings): boolean {
    const fault = credentialsFault(tls)
    if (fault === null) this.#shown = tls
    else this.#options.note(`the certificate of DNS over TLS is not taken, ${this.#instead()}: ${fault}`)
    return fault === null
  }

  #instead(): string {
    return this.#shown === null ? 'nothing listens for it' : 'the former one stays'
  }
}
