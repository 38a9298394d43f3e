import type { HealthChecks } from '../../model/health-checks.ts'
import type { Check, CheckResult } from './check.ts'
import { dnsCheck } from './dns.ts'
import { httpCheck } from './http.ts'
import { tcpCheck } from './tcp.ts'
import type { Trust } from './trust.ts'

/** The check of one cluster's servers: everything it asks for, at the same moment. It passes when all of it does. */
export function planCheck({ tcp, dns, http }: HealthChecks, trust: Trust): Check {
  const parts = [
    ...(tcp === undefined ? [] : [tcpCheck(tcp)]),
    ...(dns === undefined ? [] : [dnsCheck(dns)]),
    ...(http === undefined ? [] : [planHttp(http, trust)]),
  ]
  const [only] = parts
  if (parts.length === 1) return only!
  return async (at, limitMs) => join(await Promise.all(parts.map(part => part(at, limitMs))))
}

function planHttp(check: NonNullable<HealthChecks['http']>, trust: Trust): Check {
  const context = check.tls === null ? null : trust.contextFor(check.tls)
  if (check.tls === null || context !== null) return httpCheck(check, context)
  return async () => ({ kind: 'unjudged', why: `${check.tls?.ca} cannot be read` })
}

/** The first failure; else, where a part said nothing, nothing; else the slowest. */
function join(results: readonly CheckResult[]): CheckResult {
  const failed = results.find(({ kind }) => kind === 'fail') ?? results.find(({ kind }) => kind === 'unjudged')
  if (failed !== undefined) return failed
  const latencies = results.map(result => (result.kind === 'pass' ? result.latencyMs : 0))
  return { kind: 'pass', latencyMs: Math.max(...latencies) }
}
