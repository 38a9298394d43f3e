import { hashText, mixPair } from '../base/hash.ts'

/** A prober that did not say for so long that it is there is there no more. */
export const STAY_MS = 6_000
const RENEW_MS = 2_000

export interface ShareDeps {
  readonly prober: string
  /** Says that this prober is there for so long; resolves with the names of all that are, and the store's time (Unix ms). */
  readonly join: (stayMs: number) => Promise<{ readonly members: readonly string[]; readonly now: number }>
  readonly leave: () => Promise<void>
  /** The probers are others than they were. */
  readonly changed: () => void
  /** Milliseconds that never jump. */
  readonly now: () => number
  readonly wall: () => number
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/**
 * Several probers of one cluster share its blocks: each block is that of one of them, by rendezvous hash (Thaler and Ravishankar 1998), so that one
 * more or one less moves only what it gains or leaves. No two ever probe one block at a time:
 *
 *   a newcomer waits until everybody else has either heard of it or stopped        (its first word + STAY_MS; not when it is alone)
 *   who cannot say that it is there stops before the others take over              (its last word + STAY_MS)
 */
export class Share {
  readonly #deps: ShareDeps
  #members: readonly string[] = []
  /** Until when the others count with this prober; by then it has stopped. */
  #heldUntil = Number.NEGATIVE_INFINITY
  #activeFrom = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<void> | null = null
  #fault = ''
  /** ms that this machine's clock is ahead of the store's; null: not known yet. */
  clockLeadMs: number | null = null

  constructor(deps: ShareDeps) {
    this.#deps = deps
  }

  get members(): readonly string[] {
    return this.#members
  }

  get phase(): 'probing' | 'waiting' | 'cut-off' {
    const now = this.#deps.now()
    if (now >= this.#heldUntil) return 'cut-off'
    return now >= this.#activeFrom ? 'probing' : 'waiting'
  }

  /** Whether the block is this prober's, while it is probing. */
  owns(block: string): boolean {
    return ownerOf(block, this.#members) === this.#deps.prober
  }

  /** Resolves when the first word is said, or could not be. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.renew(), RENEW_MS)
    await this.renew()
  }

  /** Call it when nothing is probed any more: the others take over at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
    this.#heldUntil = Number.NEGATIVE_INFINITY
    // They find out by themselves, too.
    await this.#deps.leave().catch(() => undefined)
  }

  /** Never rejects. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #renew(): Promise<void> {
    const { now, wall, join, changed, log } = this.#deps
    const [from, wallFrom] = [now(), wall()]
    try {
      const { members, now: storeNow } = await join(STAY_MS)
      this.clockLeadMs = Math.round((wallFrom + wall()) / 2 - storeNow)
      const isNew = now() >= this.#heldUntil
      if (isNew) this.#activeFrom = members.length > 1 ? from + STAY_MS : from
      this.#heldUntil = from + STAY_MS
      if (this.#fault !== '') log('info', 'the store is back: probing goes on')
      this.#fault = ''
      if (!isNew && members.join(' ') === this.#members.join(' ')) return
      this.#members = members
      if (members.length > 1) log('info', `${members.length} probers share the targets: ${members.join(', ')}`)
      changed()
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      if (this.#fault === '')
        log('warn', `other probers cannot be heard of (${fault}): without word for ${STAY_MS / 1000} s probing stops`)
      this.#fault = fault
    }
  }
}

/** Of equal scores the first name wins: the same on every machine. */
export function ownerOf(block: string, members: readonly string[]): string | null {
  const key = hashText(block)
  let owner: string | null = null
  let best = -1
  for (const member of members) {
    const score = mixPair(hashText(member), key)
    if (score <= best) continue
    best = score
    owner = member
  }
  return owner
}
