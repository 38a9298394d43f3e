/** Places that one question can be in. */
const WAYS = 8
/** An odd number of cache lines of 64 octets: so slots begin in all sets of the processor's caches, not in every eighth. */
const SLOT_OCTETS = 576
const SLOT_WORDS = SLOT_OCTETS / 4

/** Words of a slot. */
export const SlotWord = {
  /** What the question is besides its name. */
  Question: 0,
  /** What the reply is besides its sections: for the user of the slots to say. */
  Reply: 1,
  Counts: 2,
  Kind: 3,
  Imputed: 4,
  Routed: 5,
  /** Of a service's names, which have no sections: in place of {@link Counts}. */
  Rrset: 2,
} as const
const NAME_WORD = 6

/**
 * A table of questions and what belongs to them, of fixed size; the least used gives way. A question may be in one of eight slots, a *set*: with
 * four, one in fifty of 2,000 names in 8,192 slots shares its set with too many others.
 *
 *   tags     | hash | hash | ... 8 of them |    half a line of the processor's cache tells which slot to look at; 0 = free
 *   usage    | hand(3) used(8) |                a slot that was used since the hand last passed by is passed over once (second chance)
 *
 *   slot     0         4                  24         24 + name, in words
 *            | question | facts: 5 words  | name      | octets ...                                             | 576
 *
 * Finding, filling and taking allocate nothing.
 */
export class Slots {
  /** Slot `s` has its words from `s * SLOT_WORDS` on, its octets from `s * SLOT_OCTETS` on. */
  readonly words: Int32Array
  readonly view: DataView
  readonly #tags: Int32Array
  readonly #usage: Uint16Array
  readonly #setMask: number

  /** `count`: a power of two, at least {@link WAYS}. */
  constructor(count: number) {
    if (count < WAYS || (count & (count - 1)) !== 0)
      throw new RangeError(`slots: ${count} is not a power of two from ${WAYS} on`)
    const memory = new ArrayBuffer(count * SLOT_OCTETS)
    this.words = new Int32Array(memory)
    this.view = new DataView(memory)
    this.#tags = new Int32Array(count)
    this.#usage = new Uint16Array(count / WAYS)
    this.#setMask = count / WAYS - 1
  }

  get count(): number {
    return this.#tags.length
  }

  /** Empties all slots: one pass over the tags, 32 KiB for 8,192 slots. */
  clear(): void {
    this.#tags.fill(0)
  }

  /** Slot of the question with this hash (not 0), number and name; -1 = none. The slot counts as used. */
  find(hash: number, question: number, name: Int32Array, nameOctets: number): number {
    const set = hash & this.#setMask
    for (let way = 0; way < WAYS; way++) {
      const slot = set * WAYS + way
      if (this.#tags[slot] !== hash || !this.#holds(slot, question, name, nameOctets)) continue
      this.#usage[set]! |= 1 << way
      return slot
    }
    return -1
  }

  /** Takes a slot for the question, which has none, and writes its key; the rest is for the caller to fill in. */
  take(hash: number, question: number, name: Int32Array, nameOctets: number): number {
    const set = hash & this.#setMask
    const slot = set * WAYS + this.#victim(set)
    const { words } = this
    const at = slot * SLOT_WORDS
    this.#tags[slot] = hash
    words[at + SlotWord.Question] = question
    for (let i = 0; 4 * i < nameOctets; i++) words[at + NAME_WORD + i] = name[i]!
    return slot
  }

  /** Index in {@link words} of the slot's first word. */
  wordsAt(slot: number): number {
    return slot * SLOT_WORDS
  }

  /** Offset in {@link view} behind the slot's name. */
  octetsAt(slot: number, nameOctets: number): number {
    return slot * SLOT_OCTETS + 4 * NAME_WORD + ((nameOctets + 3) & ~3)
  }

  /** How many octets fit behind a name. */
  room(nameOctets: number): number {
    return SLOT_OCTETS - this.octetsAt(0, nameOctets)
  }

  #holds(slot: number, question: number, name: Int32Array, nameOctets: number): boolean {
    const { words } = this
    const at = slot * SLOT_WORDS
    if (words[at + SlotWord.Question] !== question) return false
    for (let i = 0; 4 * i < nameOctets; i++) if (words[at + NAME_WORD + i] !== name[i]) return false
    return true
  }

  /** A free way of the set, or the next that was not used since the hand passed by. */
  #victim(set: number): number {
    for (let way = 0; way < WAYS; way++) if (this.#tags[set * WAYS + way] === 0) return way
    let used = this.#usage[set]! & (2 ** WAYS - 1)
    let hand = this.#usage[set]! >> WAYS
    for (; (used & (1 << hand)) !== 0; hand = (hand + 1) % WAYS) used &= ~(1 << hand)
    this.#usage[set] = (((hand + 1) % WAYS) << WAYS) | used
    return hand
  }
}
