import { formatAddress, parseAddress } from '../base/ip.ts'
import { LEAF_LENGTH, type Prefix, parsePrefix, prefixOf } from '../base/prefix.ts'
import type { Problem } from '../base/problem.ts'
import type { ProbeMethod } from '../model/probe-status.ts'

/** A resolver, or a server of another cluster, that is probed on behalf of the block of clients around it. */
export interface Target {
  /** As base/ip `formatAddress` writes it. */
  readonly address: string
  /** 1..65535. */
  readonly port: number
  /** The block whose RTT the probe stands for; at most a leaf long. */
  readonly prefix: Prefix
  /** How it may be asked; undefined: in every way. */
  readonly methods?: readonly ProbeMethod[]
}

const MOST_TARGETS = 1_000_000

/**
 * Parses a targets file: one resolver a line, `address[:port] [prefix]`, an IPv6 address with a port in brackets, `#` begins a comment.
 * Without a prefix the resolver stands for its own /24 or /56. Every bad line is a problem.
 */
export function parseTargets(
  text: string,
  file: string,
  defaultPort: number,
): { targets: Target[]; problems: Problem[] } {
  const targets: Target[] = []
  const problems: Problem[] = []
  text.split(/\r?\n/).forEach((raw, index) => {
    const words = raw.replace(/#.*/, '').trim().split(/\s+/)
    if (words[0] === '' || words[0] === undefined) return
    const problem = (column: number, message: string) =>
      problems.push({ severity: 'error', file, line: index + 1, column, message })
    const endpoint = parseEndpoint(words[0], defaultPort)
    if (endpoint === null) {
      problem(
        raw.indexOf(words[0]) + 1,
        `${show(words[0])} is no resolver; write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353`,
      )
      return
    }
    const prefix = words[1] === undefined ? leafOf(endpoint.address) : parsePrefix(words[1])
    if (prefix === null || prefix.length > LEAF_LENGTH[prefix.family]) {
      problem(
        raw.indexOf(words[1] ?? '') + 1,
        `${show(words[1] ?? '')} is no client block; write a prefix of at most /24 or /56, such as 198.51.100.0/24`,
      )
    } else if (words.length > 2)
      problem(raw.indexOf(words[2]!) + 1, `${show(words[2]!)} is too much; a line is \`resolver [prefix]\``)
    else targets.push({ ...endpoint, prefix })
  })
  if (targets.length > MOST_TARGETS) {
    const message = `${targets.length} targets; one prober takes at most ${MOST_TARGETS}`
    problems.push({ severity: 'error', file, line: 0, column: 0, message })
  }
  return { targets, problems }
}

function parseEndpoint(text: string, defaultPort: number): { address: string; port: number } | null {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text)
  const dotted = /^([0-9.]+):(\d{1,5})$/.exec(text)
  const [host, portText] =
    bracketed !== null ? [bracketed[1]!, bracketed[2]] : dotted !== null ? [dotted[1]!, dotted[2]] : [text, undefined]
  const address = parseAddress(host)
  const port = portText === undefined ? defaultPort : Number(portText)
  if (address === null || port < 1 || port > 65535) return null
  return { address: formatAddress(address), port }
}

/** The block that an address stands for by itself. */
export function leafOf(address: string): Prefix {
  const bytes = parseAddress(address)!
  return prefixOf(bytes, bytes.length === 4 ? LEAF_LENGTH[4] : LEAF_LENGTH[6])
}

const show = (word: string): string => JSON.stringify(word.slice(0, 60))
