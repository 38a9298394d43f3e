import { formatPrefix } from '../base/prefix.ts'
import type { Problem } from '../base/problem.ts'
import type { Override } from '../model/deployment.ts'
import { unknownCluster } from './check/services.ts'
import { definedOnly } from './defined.ts'
import { readDocument } from './document.ts'
import { error, type Issue, schemaIssues, toProblems } from './issues.ts'
import { clientPrefix } from './kind/address.ts'
import { overrideSchema, overridesSchema } from './schema/overrides.ts'

/**
 * Reads the operator's overrides file: a mapping of prefix to place, AS number or fixed cluster order. `clusterIds` are those of the
 * configuration. Entries that are wrong are named in `problems` and left out; the others count.
 */
export function parseOverrides(
  text: string,
  file: string,
  clusterIds: readonly string[],
): { readonly overrides: readonly Override[]; readonly problems: readonly Problem[] } {
  const document = readDocument(text, file)
  if (document.value === undefined) return { overrides: [], problems: document.problems }
  if (document.value === null) return { overrides: [], problems: [] }
  const whole = overridesSchema.safeParse(document.value)
  if (typeof document.value !== 'object' || Array.isArray(document.value))
    return { overrides: [], problems: toProblems(schemaIssues(whole.error?.issues ?? []), document, file) }
  const clusters = new Set(clusterIds)
  const seen = new Map<string, string>()
  const overrides: Override[] = []
  const issues: Issue[] = []
  for (const [key, raw] of Object.entries(document.value)) {
    const entry = readEntry(key, raw, clusters)
    const canonical = entry.override === null ? key : formatPrefix(entry.override.prefix)
    const earlier = seen.get(canonical)
    if (earlier !== undefined) issues.push({ ...error([key], `the same prefix as ${earlier} above`), atKey: true })
    seen.set(canonical, key)
    issues.push(...entry.issues)
    if (entry.override !== null && entry.issues.length === 0 && earlier === undefined) overrides.push(entry.override)
  }
  return { overrides, problems: toProblems(issues, document, file) }
}

function readEntry(
  key: string,
  raw: unknown,
  clusters: ReadonlySet<string>,
): { readonly override: Override | null; readonly issues: Issue[] } {
  const prefix = clientPrefix.safeParse(key)
  const issues: Issue[] = prefix.success
    ? []
    : schemaIssues(prefix.error.issues).map(issue => ({ ...issue, path: [key], atKey: true }))
  const result = overrideSchema.safeParse(raw)
  if (!result.success)
    issues.push(...schemaIssues(result.error.issues).map(issue => ({ ...issue, path: [key, ...issue.path] })))
  if (!result.success || !prefix.success) return { override: null, issues }
  const { place, asn, clusters: order } = result.data
  if (place === undefined && asn === undefined && order === undefined)
    issues.push({ ...error([key], 'says nothing; place, asn or clusters'), atKey: true })
  issues.push(...(order ?? []).flatMap((id, i) => unknownCluster(id, clusters, [key, 'clusters', i])))
  return {
    override: { prefix: prefix.data, ...definedOnly({ place: place && definedOnly(place), asn, clusters: order }) },
    issues,
  }
}
