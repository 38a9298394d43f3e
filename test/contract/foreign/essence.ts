import { RrType } from '../../../src/wire/rdata/type.ts'
import { type ParsedMessage, type ParsedRecord, parseMessage } from '../../fixture/message.ts'
import { canonicalRdata } from './canonical.ts'

/** What of a reply must be the same, whoever serves the zone. Records are `owner ttl class type rdata`, one per line, sorted. */
export interface Essence {
  readonly rcode: number
  readonly aa: boolean
  /** What a truncated reply still holds does not matter (RFC 2181 section 9): its sections are empty here. */
  readonly tc: boolean
  /** To ANY a server may give what it likes (RFC 8482 section 4.1): here only whether the name has something, and the DNAME above it. */
  readonly answer: string
  readonly authority: string
  /** Additional section of a referral: addresses of servers at or below the cut, which RFC 9471 section 3.1 demands. */
  readonly glue: string
  /** Addresses of its other servers. The additional section of an answer is everyone's own choice (RFC 1034 section 4.3.2 step 6). */
  readonly sibling: string
}

export function essenceOf(reply: Uint8Array, type: number): Essence {
  const message = parseMessage(reply)
  const { rcode, aa, tc } = message
  if (tc) return { rcode, aa, tc, answer: '', authority: '', glue: '', sibling: '' }
  const cut = message.authority.find(record => record.type === RrType.NS)?.name
  const inside = (record: ParsedRecord): boolean => record.name === cut || record.name.endsWith(`.${cut}`)
  const addresses = cut === undefined ? [] : message.additional
  return {
    rcode,
    aa,
    tc,
    answer: type === RrType.ANY ? anyLines(message) : linesOf(message, message.answer),
    authority: linesOf(message, message.authority),
    glue: linesOf(message, addresses.filter(inside)),
    sibling: linesOf(
      message,
      addresses.filter(record => !inside(record)),
    ),
  }
}

export function linesOf(message: ParsedMessage, section: readonly ParsedRecord[]): string {
  return section
    .map(r => `${r.name} ${r.ttl} ${r.class} ${r.type} ${canonicalRdata(message, r)}`)
    .sort()
    .join('\n')
}

/** What stands at the name asked for is `data`, whatever it is. */
function anyLines(message: ParsedMessage): string {
  const name = message.question?.name
  const others = message.answer.filter(record => record.name !== name)
  return `${others.length < message.answer.length ? 'data\n' : ''}${linesOf(message, others)}`
}

export function sameEssence(a: Essence, b: Essence): boolean {
  return (
    a.rcode === b.rcode &&
    a.aa === b.aa &&
    a.tc === b.tc &&
    a.answer === b.answer &&
    a.authority === b.authority &&
    a.glue === b.glue &&
    a.sibling === b.sibling
  )
}
