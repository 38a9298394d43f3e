import { signedMix32 } from '../base/hash.ts'
import { AT } from '../model/counters.ts'
import { Ede } from '../wire/constants.ts'
import type { Query } from '../wire/query.ts'
import { Outcome } from '../zone/outcome.ts'
import { Doorkeeper } from './cache/doorkeeper.ts'
import { Slots, SlotWord } from './cache/slots.ts'
import { type Exchange, NO_TEXT, Transport } from './exchange.ts'
import { classOf, imputedName } from './rate/impute.ts'
import type { ResponseClass } from './rate/response-class.ts'

/** What the cache knows of a question. */
export const Recall = {
  /** Nothing: it has to be looked up. */
  Nothing: 0,
  /** Everything: the sections of the reply are filled. */
  Answer: 1,
  /** Which service the name belongs to: the addresses are to be chosen, */
  Service: 2,
  /** or the target of its CNAME. */
  Shared: 3,
} as const
export type Recall = (typeof Recall)[keyof typeof Recall]

/** `SlotWord.Reply`: RCODE(12) AA(1) service(1) EDE + 1 (8), from the lowest bit on; the octets of the sections (10) at the top. Of a service: its Outcome. */
const AUTHORITATIVE = 1 << 12
const SERVICE = 1 << 13
const EDE_SHIFT = 14
const LENGTH_SHIFT = 22

/** `SlotWord.Kind`: what limits go by (4), and the zone + 1 (28). Of a service: the zone alone. */
const KIND = 0xf
const ZONE_SHIFT = 4

/**
 * Remembers what the zones say of questions, so that those asked again and again are not looked up.
 *
 *   question = lower-case name, type, variant           variant: what else the sections depend on, see {@link questionOf}
 *     -> the finished sections, without OPT (which depends on the query's options and is written for each)
 *     -> or the number of a service, and the CNAMEs it chooses from
 *
 * Of a service only the number is kept: which addresses are due depends on the client's block, on the map and on the live table, and `route`
 * finds them in less time than one more cache miss takes. So nothing here depends on who asks or on anything that changes by the second, and
 * it is enough to forget everything when tables or settings change.
 *
 * Only *whole* replies are kept, from which nothing had to be left out, and they are used only where they fit: so the room that a client has
 * is no part of the question, and each reply is, octet for octet, what it would be without the cache.
 *
 * Class is no part of it either: questions of other classes than IN do not come here.
 */
export class AnswerCache {
  readonly #slots: Slots
  readonly #doorkeeper = new Doorkeeper()
  /** Extra texts of extended errors, by slot: few and constant, so only pointed at. */
  readonly #texts: Uint8Array[]
  readonly #counters: Float64Array
  /** Of the question that {@link recall} did not know. */
  #question = 0
  #hash = 0

  /** `slots`: a power of two, at least 8; each takes 576 octets. */
  constructor(slots: number, counters: Float64Array) {
    this.#slots = new Slots(slots)
    this.#texts = new Array<Uint8Array>(slots).fill(NO_TEXT)
    this.#counters = counters
  }

  forget(): void {
    this.#slots.clear()
  }

  /** Acts on what is known of the question of `x`, whose reply has begun. */
  recall(x: Exchange): Recall {
    const { query } = x
    this.#question = questionOf(x)
    this.#hash = hashOf(query, this.#question)
    const slot = this.#slots.find(this.#hash, this.#question, query.nameWords, query.nameLength)
    const recalled = slot < 0 ? Recall.Nothing : this.#apply(x, slot)
    this.#counters[recalled === Recall.Nothing ? AT.cacheMisses : AT.cacheHits]!++
    return recalled
  }

  /** After {@link recall} knew nothing: the zones have filled `x`, which is kept if it is whole and was asked before. */
  offer(x: Exchange): void {
    const { query, reply } = x
    const { outcome } = x.lookup
    const service = (outcome === Outcome.Routed || outcome === Outcome.Shared) && x.name.hop === 0
    if (!service && (!reply.whole || reply.sectionOctets > this.#slots.room(query.nameLength))) return
    if (!this.#doorkeeper.knows(this.#hash)) return
    this.#counters[AT.cacheStored]!++
    const slot = this.#slots.take(this.#hash, this.#question, query.nameWords, query.nameLength)
    if (service) this.#keepService(x, slot)
    else this.#keepAnswer(x, slot)
  }

  #keepService({ lookup, zone }: Exchange, slot: number): void {
    const { words } = this.#slots
    const at = this.#slots.wordsAt(slot)
    words[at + SlotWord.Reply] = SERVICE | lookup.outcome
    words[at + SlotWord.Kind] = (zone + 1) << ZONE_SHIFT
    words[at + SlotWord.Imputed] = lookup.node
    words[at + SlotWord.Routed] = lookup.routed
    words[at + SlotWord.Rrset] = lookup.rrset
  }

  #keepAnswer(x: Exchange, slot: number): void {
    const { reply, says, lookup } = x
    const { words, view } = this.#slots
    const at = this.#slots.wordsAt(slot)
    const kind = classOf(x)
    words[at + SlotWord.Reply] =
      x.rcode |
      (x.authoritative ? AUTHORITATIVE : 0) |
      ((says.ede + 1) << EDE_SHIFT) |
      (reply.sectionOctets << LENGTH_SHIFT)
    words[at + SlotWord.Counts] = reply.counts
    words[at + SlotWord.Kind] = kind | ((x.zone + 1) << ZONE_SHIFT)
    words[at + SlotWord.Imputed] = imputedName(x, kind)
    words[at + SlotWord.Routed] = lookup.routed
    reply.copySections(view, this.#slots.octetsAt(slot, x.query.nameLength))
    this.#texts[slot] = says.edeText
  }

  #apply(x: Exchange, slot: number): Recall {
    const { words } = this.#slots
    const at = this.#slots.wordsAt(slot)
    const facts = words[at + SlotWord.Reply]!
    x.zone = (words[at + SlotWord.Kind]! >>> ZONE_SHIFT) - 1
    if ((facts & SERVICE) !== 0) {
      x.authoritative = true
      x.lookup.outcome = (facts & 0xff) as Outcome
      x.lookup.node = words[at + SlotWord.Imputed]!
      x.lookup.routed = words[at + SlotWord.Routed]!
      x.lookup.rrset = words[at + SlotWord.Rrset]!
      return x.lookup.outcome === Outcome.Routed ? Recall.Service : Recall.Shared
    }
    const from = this.#slots.octetsAt(slot, x.query.nameLength)
    const fits = x.reply.pasteSections(this.#slots.view, from, facts >>> LENGTH_SHIFT, words[at + SlotWord.Counts]!)
    if (!fits) return Recall.Nothing
    x.rcode = facts & 0xfff
    x.authoritative = (facts & AUTHORITATIVE) !== 0
    x.kind = (words[at + SlotWord.Kind]! & KIND) as ResponseClass
    x.imputed = words[at + SlotWord.Imputed]!
    x.lookup.routed = words[at + SlotWord.Routed]!
    const ede = ((facts >>> EDE_SHIFT) & 0xff) - 1
    if (ede !== Ede.None) {
      x.says.ede = ede
      x.says.edeText = this.#texts[slot]!
    }
    return Recall.Answer
  }
}

/**
 * The question but for its name as one number: TYPE(16) variant(2) octets of the name(8). Variants: DO, which nothing depends on yet, but a
 * signed zone's replies would; and TCP, which has more to say to ANY (RFC 8482 section 4.1).
 */
function questionOf({ query, transport }: Exchange): number {
  const variant = (query.dnssecOk ? 2 : 0) | (transport === Transport.Udp ? 0 : 1)
  return (query.qtype << 16) | (variant << 8) | query.nameLength
}

/** Never 0. */
function hashOf(query: Query, question: number): number {
  return signedMix32(query.nameHash ^ Math.imul(question, 0x85ebca6b)) || 1
}
