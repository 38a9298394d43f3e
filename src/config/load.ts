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
import { error, schemaIssues, toProblems } from './issues.ts'
import { show } from './option.ts'
import { parseOverrides } from './overrides.ts'
import { parsePath } from './path.ts'
import { type ReadVerdict, readText } from './read-text.ts'
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
  const sound = result.success && !issues.some(issue => issue.severity === 'error')
  const config = sound ? buildConfig(result.data, overrides.overrides, resolve(file), text) : null
  return { config, problems, locate, access: accessOf(draft.http, draft.store, resolve(file)) }
}

function readOverrides(value: unknown, file: string, ids: readonly string[], read: (path: string) => ReadVerdict) {
  const none = { overrides: [], problems: [], issues: [] }
  const name = (value as { geo?: { overrides?: unknown } } | null)?.geo?.overrides
  if (typeof name !== 'string' || name === '') return none
  const path = join(dirname(file), name)
  const verdict = read(resolve(isAbsolute(name) ? name : path))
  if (verdict.kind === 'unreadable')
    return { ...none, issues: [error(['geo', 'overrides'], `${show(name)} ${verdict.reason}`)] }
  return { ...parseOverrides(verdict.text, isAbsolute(name) ? name : path, ids), issues: [] }
}
