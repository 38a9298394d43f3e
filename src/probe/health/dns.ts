import { performance } from 'node:perf_hooks'
import dns2 from 'dns2'
import { DNS_CHECK_RCODES, type DnsCheck } from '../../model/health-checks.ts'
import type { Check, CheckResult } from './check.ts'
import { faultOf } from './faults.ts'

/**
 * Passes when the server answers the question over UDP with the expected response code; a truncated answer is one too. RD = 0, no EDNS, a
 * fresh source port. A datagram that cannot be read, has another ID or comes from elsewhere is passed over: it may be forged.
 */
export function dnsCheck({ port, name, type, rcode }: DnsCheck): Check {
  const expected = DNS_CHECK_RCODES.indexOf(rcode)
  const asked = { name: plain(name), type: dns2.Packet.TYPE[type], class: dns2.Packet.CLASS.IN }
  return async ({ text, family }, limitMs) => {
    const ask = dns2.UDPClient({
      dns: text,
      port,
      timeout: limitMs,
      socketType: family === 6 ? 'udp6' : 'udp4',
      retryOverTCP: false,
    } as Parameters<typeof dns2.UDPClient>[0])
    const startedAt = performance.now()
    try {
      const { header, questions, errors } = (await ask(asked.name || '.', type, undefined, {
        recursive: false,
      })) as Reply
      const [question] = questions
      const answers =
        header.qr === 1 &&
        header.rcode === expected &&
        errors.length === 0 &&
        questions.length === 1 &&
        plain(question!.name) === asked.name &&
        question!.type === asked.type &&
        question!.class === asked.class
      return answers ? { kind: 'pass', latencyMs: performance.now() - startedAt } : REPLY
    } catch (error) {
      return faultOf(error as NodeJS.ErrnoException, family)
    }
  }
}

const REPLY: CheckResult = { kind: 'fail', cause: 'reply' }

/** What dns2 makes of a message, as far as it is read here. */
interface Reply {
  readonly header: { readonly qr: number; readonly rcode: number }
  /** What of the message could not be read. */
  readonly errors: readonly unknown[]
  readonly questions: readonly { readonly name: string; readonly type: number; readonly class: number }[]
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '')
