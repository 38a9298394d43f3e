import type { TokenSource } from './config.ts'
import { readText } from './read-text.ts'

/** The bearer token of the HTTP API: the first line of its file, or the value of its variable. null when there is none to be had. */
export function readToken(source: TokenSource | null, env: NodeJS.ProcessEnv = process.env): string | null {
  if (source === null) return null
  const text = source.kind === 'env' ? env[source.name] : fileText(source.path)
  return text?.split('\n', 1)[0]?.trim() || null
}

/** Why {@link readToken} finds nothing, with what to do; null when it finds a token or none is asked for. */
export function tokenFault(source: TokenSource | null, env: NodeJS.ProcessEnv = process.env): string | null {
  if (source === null || readToken(source, env) !== null) return null
  if (source.kind === 'env')
    return `the variable ${source.name} is not set; changing calls from other machines are refused`
  const verdict = readText(source.path)
  const why = verdict.kind === 'unreadable' ? verdict.reason : 'has no token on its first line'
  return `${source.path} ${why}; changing calls from other machines are refused`
}

function fileText(path: string): string | undefined {
  const verdict = readText(path)
  return verdict.kind === 'text' ? verdict.text : undefined
}
