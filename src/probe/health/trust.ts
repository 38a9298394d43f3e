import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { TlsCheck } from '../../model/health-checks.ts'

/**
 * The authorities that checks trust: one context for each file, since to make one costs more than a handshake. Made anew at every
 * reconfiguration, so that a reload reads the files again. Of a file that cannot be read there is none: null.
 */
export class Trust {
  readonly #contexts = new Map<string, SecureContext | null>()
  readonly #log: (level: 'warn', message: string) => void

  constructor(log: (level: 'warn', message: string) => void) {
    this.#log = log
  }

  contextFor({ ca = '' }: TlsCheck): SecureContext | null {
    const known = this.#contexts.get(ca)
    if (known !== undefined) return known
    const made = this.#make(ca)
    this.#contexts.set(ca, made)
    return made
  }

  #make(ca: string): SecureContext | null {
    try {
      return createSecureContext(ca === '' ? {} : { ca: readFileSync(ca) })
    } catch (error) {
      this.#log('warn', `health checks that trust ${ca} say nothing: ${(error as Error).message}`)
      return null
    }
  }
}
