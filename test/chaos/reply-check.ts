import { Rcode } from '../../src/wire/constants.ts'
import { type ParsedMessage, parseMessage, rdataText } from '../fixture/message.ts'
import type { Outcome } from './record.ts'

const A = 1
const RCODES = new Map<number, string>(Object.entries(Rcode).map(([name, code]) => [code as number, name]))

/** What a reply to `name A IN` says. `edges`: name and cluster of every edge, by its address. */
export function readReply(
  bytes: Uint8Array,
  name: string,
  edges: ReadonlyMap<string, { readonly name: string; readonly cluster: string }>,
): Outcome {
  let reply: ParsedMessage
  try {
    reply = parseMessage(bytes)
  } catch (error) {
    return wrong(`what is no message: ${String(error)}`)
  }
  const { question, rcode, answer } = reply
  if (!reply.qr || question === null || question.name !== `${name}.` || question.type !== A || question.class !== 1)
    return wrong('the answer to another question')
  if (rcode !== 0) return wrong(RCODES.get(rcode) ?? `RCODE ${rcode}`)
  if (!reply.aa || reply.tc) return wrong('an answer that is cut or not its own')
  if (answer.length === 0) return wrong('an empty answer')
  const given = answer.map(record => ({ record, edge: edges.get(rdataText(reply, record)) }))
  const foreign = given.find(
    ({ record, edge }) => edge === undefined || record.type !== A || record.name !== `${name}.`,
  )
  if (foreign !== undefined)
    return wrong(`a foreign record: ${foreign.record.name} ${rdataText(reply, foreign.record)}`)
  if (new Set(given.map(({ edge }) => edge!.cluster)).size > 1) return wrong('addresses of several clusters')
  return { kind: 'answer', edges: given.map(({ edge }) => edge!.name) }
}

const wrong = (what: string): Outcome => ({ kind: 'wrong', what })
