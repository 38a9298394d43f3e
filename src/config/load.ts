import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Problem } from '../base/problem.ts'
import { type Access, accessOf, defaultAccess } from './access.ts'
import { buildConfig } from './build.ts'
import { checkClusters } from './check/clusters.ts'
import { draftOf } from './check/draft.ts'
import { checkNode } from './check/node.ts'
import { checkServices } from './check/services.ts'
import type { Config } from './config.ts'
import { type Position, readDocument } from './document.ts'
import { error, type Issue, schemaIssues, toProblems } from './issues.ts'
import { show } from './option.ts'
import { parseOverrides } from './overrides.ts'
import { parsePath } from './path.ts'
import { type ReadVerdict, readText } from './read-text.ts'
import { parseCountryPairs, parseMesh } from './rtt-files.ts'
import { configSchema } from './schema/schema.ts'

export interface LoadedConfig {
  /** null when the configuration file itself has an error. An overrides file with errors leaves only the wrong entries out. */
  readonly config: Config | null
  /** Everything that is wrong, errors and warnings, in the order of the files. */
  readonly problems: readonly Problem[]
  /** How to reach the server that runs with this file, as far as can be told: also while the file is wrong elsewhere. */
  readonly access: Access
  /** Where `clusters[2].capacity` stands in the configuration file; of what is not written there, the nearest thing around it. */
  locate(path: string): Position
}

/** Reads and validates the configuration and the overrides file that it names. Never rejects: what cannot be read is a problem. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const verdict = readText(file)
  if (verdict.kind === 'text') return parseConfig(verdict.text, file, readText)
  const { reason, line } = verdict
  return {
    config: null,
    problems: [{ severity: 'error', file, line, column: 0, message: reason }],
    access: defaultAccess(file),
    locate: () => WHOLE,
  }
}

const WHOLE: Position = { line: 0, column: 0 }

/** Validates the text of a configuration. `file` gives the base of relative paths; `read` fetches the overrides file (absolute path). */
export function parseConfig(text: string, file: string, read: (path: string) => ReadVerdict): LoadedConfig {
  const document = readDocument(text, file)
  const locate = (path: string): Position => document.locate(parsePath(path))
  if (document.value === undefined)
    return { config: null, problems: document.problems, access: defaultAccess(file), locate }
  const draft = draftOf(document.value)
  const result = configSchema.safeParse(document.value ?? {})
  const issues = [
    ...(result.success ? [] : schemaIssues(result.error.issues)),
    ...checkNode(draft),
    ...checkClusters(draft.clusters),
    ...checkServices(draft.services, draft.clusters),
  ]
  const problems = toProblems(issues, document, file)
  const ids = draft.clusters.flatMap(cluster => cluster.id ?? [])
  const overrides = readOverrides(document.value, file, ids, read)
  problems.push(...toProblems(overrides.issues, document, file), ...overrides.problems)
  const estimates = readEstimates(document.value, file, ids, read)
  problems.push(...toProblems(estimates.issues, document, file), ...estimates.problems)
  const sound = result.success && !issues.some(issue => issue.severity === 'error')
  const config = sound ? buildConfig(result.data, overrides.overrides, estimates.estimates, resolve(file), text) : null
  return { config, problems, locate, access: accessOf(draft.http, draft.store, resolve(file)) }
}

function readOverrides(value: unknown, file: string, ids: readonly string[], read: (path: string) => ReadVerdict) {
  const named = readNamed(value, ['geo', 'overrides'], file, read)
  const { overrides, problems } =
    named.text === null ? { overrides: [], problems: [] } : parseOverrides(named.text, named.path, ids)
  return { overrides, problems, issues: named.issues }
}

function readEstimates(value: unknown, file: string, ids: readonly string[], read: (path: string) => ReadVerdict) {
  const mesh = readNamed(value, ['estimates', 'mesh'], file, read)
  const pairs = readNamed(value, ['estimates', 'countryPairs'], file, read)
  const none = { rows: [], problems: [] }
  const meshRtts = mesh.text === null ? none : parseMesh(mesh.text, mesh.path, ids)
  const pairRtts = pairs.text === null ? none : parseCountryPairs(pairs.text, pairs.path)
  return {
    estimates: mesh.path === '' && pairs.path === '' ? undefined : { mesh: meshRtts.rows, countryPairs: pairRtts.rows },
    problems: [...meshRtts.problems, ...pairRtts.problems],
    issues: [...mesh.issues, ...pairs.issues],
  }
}

/** The text of a file that the configuration names at `key` of `group`; null where it names none (then `path` is empty), or one that cannot be read. */
function readNamed(
  value: unknown,
  [group, key]: readonly [string, string],
  file: string,
  read: (path: string) => ReadVerdict,
): { readonly text: string | null; readonly path: string; readonly issues: Issue[] } {
  const name = (value as Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>> | null)?.[
    group
  ]?.[key]
  if (typeof name !== 'string' || name === '') return { text: null, path: '', issues: [] }
  const path = isAbsolute(name) ? name : join(dirname(file), name)
  const verdict = read(resolve(path))
  if (verdict.kind === 'text') return { text: verdict.text, path, issues: [] }
  return { text: null, path, issues: [error([group, key], `${show(name)} ${verdict.reason}`)] }
}
