import type { Config, TokenSource } from './config.ts'
import { readText } from './read-text.ts'

/** A shorter one can be guessed. */
export const SHORTEST_TOKEN = 16

/** The bearer token that this machine's commands send: the first of its file or variable. null when there is none to be had. */
export function readToken(source: TokenSource | null, env: NodeJS.ProcessEnv = process.env): string | null {
  return (source === null ? null : readTokens(source, env))?.[0] ?? null
}

/** One on each line, in the order they stand there. null when there is no file that can be read, or no such variable. */
export function readTokens(source: TokenSource, env: NodeJS.ProcessEnv = process.env): readonly string[] | null {
  const text = source.kind === 'env' ? env[source.name] : fileText(source.path)
  if (text === undefined) return null
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

/** Why a source has no token; null when it has one, or none is asked for. */
export function tokenFault(
  source: TokenSource | null,
  env: NodeJS.ProcessEnv = process.env,
  consequence = 'the calls that need it are refused',
): string | null {
  if (source === null) return null
  const tokens = readTokens(source, env)
  const place = placeOf(source)
  if (tokens === null || tokens.length === 0)
    return `${place} ${tokens === null ? whyNot(source) : 'holds no token'}; ${consequence}`
  return null
}

/** As {@link tokenFault}, and what else is wrong with tokens that are there. Never shows one. */
export function tokenProblem(
  source: TokenSource | null,
  env: NodeJS.ProcessEnv = process.env,
  consequence?: string,
): string | null {
  const fault = tokenFault(source, env, consequence)
  if (source === null || fault !== null) return fault
  const tokens = readTokens(source, env) ?? []
  const place = placeOf(source)
  const bad = tokens.findIndex(token => /\s/.test(token))
  if (bad >= 0) return `token ${bad + 1} of ${place} has blanks inside, which no token may have`
  const short = tokens.findIndex(token => token.length < SHORTEST_TOKEN)
  if (short < 0) return null
  return `token ${short + 1} of ${place} is shorter than ${SHORTEST_TOKEN} characters and may be guessed; try: openssl rand -hex 32`
}

const placeOf = (source: TokenSource): string => (source.kind === 'env' ? `the variable ${source.name}` : source.path)

function whyNot(source: TokenSource): string {
  if (source.kind === 'env') return 'is not set'
  const verdict = readText(source.path)
  return verdict.kind === 'unreadable' ? verdict.reason : 'holds no token'
}

function fileText(path: string): string | undefined {
  const verdict = readText(path)
  return verdict.kind === 'text' ? verdict.text : undefined
}

/** The tokens that calls must bring, as they were read last. A kind for which no source is configured is null; [] lets nobody in. */
export class TokenKeeper {
  readonly #http: Config['http']
  readonly #warn: (message: string) => void
  #now: { readonly change: readonly string[] | null; readonly read: readonly string[] | null } = {
    change: null,
    read: null,
  }

  constructor(http: Config['http'], warn: (message: string) => void) {
    this.#http = http
    this.#warn = warn
    this.read()
  }

  get now(): { readonly change: readonly string[] | null; readonly read: readonly string[] | null } {
    return this.#now
  }

  /** Reads the sources again. Where one has gone, its last tokens stay: half a deployment must not lock everybody out. */
  read(): void {
    const { change, read } = this.#now
    this.#now = { change: this.#renew('token', change), read: this.#renew('readToken', read) }
  }

  #renew(key: 'token' | 'readToken', last: readonly string[] | null): readonly string[] | null {
    const source = this.#http[key]
    if (source === null) return null
    const tokens = readTokens(source)
    const kept = tokens === null && last !== null && last.length > 0
    const fault = tokenProblem(source, process.env, kept ? 'the tokens that were read before stay good' : undefined)
    if (fault !== null) this.#warn(`http.${key}: ${fault}`)
    return tokens ?? last ?? []
  }
}
