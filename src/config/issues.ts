import type { z } from 'zod'
import type { Problem } from '../base/problem.ts'
import type { ConfigDocument } from './document.ts'
import { didYouMean } from './nearest.ts'
import { visible } from './option.ts'
import { formatPath, type Path } from './path.ts'

/** Something wrong at a place inside a document; the position comes when the document is asked. */
export interface Issue {
  readonly severity: Problem['severity']
  readonly path: Path
  /** What follows `path: `. */
  readonly message: string
  /** Points at the key instead of the value. */
  readonly atKey?: boolean
}

export const error = (path: Path, message: string): Issue => ({ severity: 'error', path, message })
export const warning = (path: Path, message: string): Issue => ({ severity: 'warning', path, message })

/** What the schema found, in words: one issue per unknown key, one per wrong or missing value. */
export function schemaIssues(issues: readonly z.core.$ZodIssue[]): Issue[] {
  return issues.flatMap(issue => {
    const path = issue.path as Path
    if (issue.code !== 'unrecognized_keys') return [error(path, issue.message)]
    return issue.keys.map(key => ({ ...error([...path, key], unknownKey(key, issue.message)), atKey: true }))
  })
}

/** `legal`: the keys that may stand there, comma-separated (the message that `group` gives to such an issue). */
function unknownKey(key: string, legal: string): string {
  return `unknown key${didYouMean(key, legal.split(', '))}; keys: ${legal}`
}

/** More than this many are counted, not listed: a mistake that repeats itself must not fill the memory. */
const MAX_PROBLEMS = 1000

/** Gives issues their place in the file: `file:line:column: path: message`, in the order of the file. */
export function toProblems(issues: readonly Issue[], document: ConfigDocument, file: string): Problem[] {
  const problems = issues.slice(0, MAX_PROBLEMS).map(({ severity, path, message, atKey = false }): Problem => {
    const place = formatPath(path)
    const position = document.locate(path, atKey ? 'key' : 'value')
    return { severity, file, ...position, message: visible(place === '' ? message : `${place}: ${message}`) }
  })
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  const more = issues.length - problems.length
  if (more > 0) problems.push({ severity: 'error', file, line: 0, column: 0, message: `and ${more} more problems` })
  return problems
}
