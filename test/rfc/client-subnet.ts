import { high32, parseAddress } from '../../src/base/ip.ts'
import { formatPrefix, mask32, type Prefix } from '../../src/base/prefix.ts'
import { ecsOption, lines, type OptionSpec, optionOf, type ParsedMessage } from '../fixture/message.ts'
import type { TailoredWorld } from './tailored-world.ts'

export const ECS = 8

/** The longest scope there is, by family. */
export const LEAF = { 4: 24, 6: 56 } as const

/** The ECS option of a query for `1.2.3.0/24` or `2001:db8::/56`; what lies past the length is not sent. */
export function subnet(text: string): OptionSpec {
  const [address, length] = text.split('/')
  const bytes = parseAddress(address!)
  if (bytes === null) throw new Error(`not an address: ${text}`)
  return ecsOption(bytes.length === 4 ? 1 : 2, Number(length), firstBits([...bytes], Number(length)))
}

/** The first `source` bits of an address in the octets that they need, the rest zero. */
export function firstBits(address: readonly number[], source: number): number[] {
  return address
    .slice(0, Math.ceil(source / 8))
    .map((octet, i) => (i === source >> 3 ? octet & (0xff00 >> (source & 7)) & 0xff : octet))
}

/** The option of a reply, octet for octet; null = none. */
export function echoOf(message: ParsedMessage): number[] | null {
  const data = optionOf(message, ECS)
  return data === null ? null : [...data]
}

/** SCOPE PREFIX-LENGTH of a reply; fails when it has no option. */
export function scopeOf(message: ParsedMessage): number {
  const data = optionOf(message, ECS)
  if (data === null) throw new Error('no ECS option')
  return data[3]!
}

/** Everything of a reply that depends on the client: RCODE, flags, the records in their order, the scope. */
export function tailored(message: ParsedMessage): string {
  const { rcode, aa, tc, answer, authority, additional } = message
  const sections = [answer, authority, additional].map(section => lines(message, section))
  return JSON.stringify([rcode, aa, tc, ...sections, optionOf(message, ECS)?.[3] ?? 'no option'])
}

/** RDATA of the answer section, sorted. */
export function answersOf(message: ParsedMessage): string[] {
  return lines(message, message.answer)
    .map(line => line.split(' ').slice(3).join(' '))
    .sort()
}

/** `1.2.4.0/22` for the block of `length` bits around an IPv4 address. */
export function blockOf(address: string, length: number): string {
  const word = high32(parseAddress(address)!)
  const first = length === 0 ? 0 : (word & (0xffffffff << (32 - length))) >>> 0
  return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}/${length}`
}

/** The reply to a query with ECS for all of `prefix`, from a resolver somewhere else. */
export function asked(world: TailoredWorld, name: string, type: number, prefix: Prefix, from?: string): ParsedMessage {
  const options = [subnet(formatPrefix(prefix))]
  return world.ask({ name, type, edns: { options } }, from === undefined ? {} : { from })
}

/** The prefix of `length` bits around another, which is at least as long. */
export function shorten({ family, hi, lo }: Prefix, length: number): Prefix {
  return { family, hi: (hi & mask32(length)) >>> 0, lo: family === 4 ? 0 : (lo & mask32(length - 32)) >>> 0, length }
}
