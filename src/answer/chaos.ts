import type { ChaosSettings } from '../model/answer-settings.ts'
import { Ede, Rcode } from '../wire/constants.ts'
import { type Name, parseName } from '../wire/name.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Section } from '../wire/reply.ts'
import { type Exchange, fail } from './exchange.ts'

/** A character-string has one octet for its length (RFC 1035 section 3.3). */
const LONGEST_STRING = 255

/**
 * What the server says of itself in class CH: one TXT record with TTL 0 at each name that has a text (RFC 4892 section 2.3 asks for
 * `id.server`; the names under `bind` are what everybody types).
 */
export class Chaos {
  readonly #owners: readonly { readonly name: Name; readonly rdata: Uint8Array }[]

  constructor({ version, id }: ChaosSettings) {
    this.#owners = [
      ...entries(['version.bind', 'version.server'], version),
      ...entries(['id.server', 'hostname.bind'], id),
    ]
  }

  /** Answers a question of class CH. Every name without a text is refused: there is no zone of this class. */
  answer(x: Exchange): void {
    const { reply, query } = x
    const rdata = this.#textAt(query.name, query.nameLength)
    if (rdata === null) {
      fail(x, Rcode.REFUSED, Ede.NotAuthoritative)
      return
    }
    x.authoritative = true
    // Other types have no data. BIND says so with a SOA record of its own making, NSD and Knot DNS refuse; RFC 4892 is silent.
    if (query.qtype !== RrType.TXT && query.qtype !== RrType.ANY) return
    reply.section(Section.Answer)
    reply.ownerIsQuestion()
    if (reply.record(RrType.TXT, 0, rdata, 0, rdata.length)) return
    reply.undo()
    x.truncated = true
  }

  #textAt(name: Uint8Array, length: number): Uint8Array | null {
    for (const owner of this.#owners)
      if (owner.name.length === length && owner.name.every((octet, i) => octet === name[i])) return owner.rdata
    return null
  }
}

function entries(names: readonly string[], text: string | null) {
  if (text === null) return []
  const rdata = characterString(text)
  return names.map(name => ({ name: parseName(name)!, rdata }))
}

/** Cut at 255 octets, between two characters. */
function characterString(text: string): Uint8Array {
  const octets = new Uint8Array(1 + LONGEST_STRING)
  const { written } = new TextEncoder().encodeInto(text, octets.subarray(1))
  octets[0] = written
  return octets.subarray(0, 1 + written)
}
