import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Family } from '../../base/ip.ts'
import type { CheckResult } from './check.ts'

/** What this machine lacks or forbids itself: sockets, ports, memory, a firewall of its own. Of the server it says nothing. */
const OWN: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EAFNOSUPPORT',
  'EACCES',
  'EPERM',
  'ENETDOWN',
])
const NO_WAY: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])

/** What an error of a socket says of the server it was for. What is neither silence nor a closed door is a reply that is none. */
export function faultOf({ code = '' }: NodeJS.ErrnoException, family: Family): CheckResult {
  if (OWN.has(code)) return { kind: 'unjudged', why: `the system refuses: ${code}` }
  if (code === 'ECONNREFUSED') return { kind: 'fail', cause: 'refused' }
  if (code === 'ETIMEDOUT') return { kind: 'fail', cause: 'timeout' }
  if (!NO_WAY.has(code)) return { kind: 'fail', cause: 'protocol' }
  if (reaches(family)) return { kind: 'fail', cause: 'unreachable' }
  return { kind: 'unjudged', why: `this machine has no IPv${family} address` }
}

const KNOWN_FOR_MS = 5_000
const known = { at: Number.NEGATIVE_INFINITY, families: new Set<Family>() }

/** Whether the machine has an address of the family with which it can reach others. */
function reaches(family: Family): boolean {
  const now = performance.now()
  if (now - known.at > KNOWN_FOR_MS) {
    known.at = now
    known.families = familiesOf(networkInterfaces())
  }
  return known.families.has(family)
}

/** The families that reach beyond this machine and its links. */
export function familiesOf(interfaces: ReturnType<typeof networkInterfaces>): Set<Family> {
  const addresses = Object.values(interfaces).flatMap(list => list ?? [])
  const wide = addresses.filter(({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/i.test(address))
  return new Set(wide.map(({ family }) => (family === 'IPv6' ? 6 : 4)))
}
