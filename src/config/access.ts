import { dirname, resolve } from 'node:path'
import type { Endpoint, TokenSource } from './config.ts'

/** What a command needs to reach the running server and its state. */
export interface Access {
  /** Absolute path of the configuration file. */
  readonly file: string
  /** null: off. */
  readonly http: Endpoint | null
  readonly token: TokenSource | null
  /** `memory` or a URL, possibly with a password in it. */
  readonly store: string
}

interface HttpKeys {
  /** `listen.http` and `http.listen`. */
  readonly short?: Endpoint | null | undefined
  readonly long?: Endpoint | null | undefined
  readonly token?: { readonly file?: string | undefined; readonly env?: string | undefined } | undefined
}

const DEFAULT_HTTP: Endpoint = { address: '127.0.0.1', port: 9153 }

/** `file` is absolute. */
export function accessOf({ short, long, token }: HttpKeys, store: string, file: string): Access {
  const chosen = long !== undefined ? long : short
  return { file, http: chosen === undefined ? DEFAULT_HTTP : chosen, token: tokenSource(token, file), store }
}

/** Of a file that says nothing. */
export function defaultAccess(file: string): Access {
  return accessOf({}, 'memory', resolve(file))
}

/** The file of a token is relative to `file`, which is absolute. */
export function tokenSource(token: HttpKeys['token'], file: string): TokenSource | null {
  if (token?.file !== undefined) return { kind: 'file', path: resolve(dirname(file), token.file) }
  return token?.env === undefined ? null : { kind: 'env', name: token.env }
}
