import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsSettings } from '../model/answer-settings.ts'
import type { ContentProblem } from '../model/planner.ts'
import type { Config } from './config.ts'
import { show } from './option.ts'
import { readText } from './read-text.ts'

/** What the configuration names by file because it is secret or changes by itself. */
export interface AnswerFiles {
  /** null: not configured, or not to be had. */
  readonly tls: TlsFiles | null
  /** 32 hexadecimal digits each, the active one first; null: the store keeps them, or they are not to be had. */
  readonly cookieSecrets: readonly string[] | null
}

export interface TlsFiles extends TlsSettings {
  /** The end of the certificate, Unix ms. */
  readonly notAfter: number
}

export interface ReadFiles {
  readonly files: AnswerFiles
  readonly problems: readonly ContentProblem[]
}

const DAY_MS = 86_400_000
/** Certificates live 90 days or less and are renewed well before their end: so late, something is wrong. */
const RENEWAL_DAYS = 7

/** Reads certificate, key and cookie secrets. Never throws: what cannot be used is null and a problem. `now`: Unix ms. */
export function readAnswerFiles({ tls, cookies }: Pick<Config, 'tls' | 'cookies'>, now: number): ReadFiles {
  const problems: ContentProblem[] = []
  const tell = (severity: 'error' | 'warning', path: string, message: string): null => {
    problems.push({ path, problem: { severity, file: '', line: 0, column: 0, message: `${path}: ${message}` } })
    return null
  }
  const files = {
    tls: tls === null ? null : readTls(tls, now, tell),
    cookieSecrets: cookies.enabled && cookies.secrets !== null ? readSecrets(cookies.secrets, tell) : null,
  }
  return { files, problems }
}

export type Tell = (severity: 'error' | 'warning', path: string, message: string) => null

function readTls(paths: { certificate: string; key: string }, now: number, tell: Tell): TlsFiles | null {
  const certificate = readFile('tls.certificate', paths.certificate, tell)
  const key = readFile('tls.key', paths.key, tell)
  const leaf = certificate === null ? null : parseCertificate(paths.certificate, certificate, tell)
  const secret = key === null ? null : parseKey(paths.key, key, tell)
  if (certificate === null || key === null || leaf === null || secret === null) return null
  if (!leaf.checkPrivateKey(secret))
    return tell('error', 'tls.key', `${show(paths.key)} is not the key of ${show(paths.certificate)}`)
  try {
    // What parses may still be refused: a chain that is broken further down, a key too weak.
    createSecureContext({ cert: certificate, key })
  } catch (failure) {
    return tell('error', 'tls.certificate', `${show(paths.certificate)} is refused: ${(failure as Error).message}`)
  }
  warnOfPermissions('tls.key', paths.key, tell)
  warnOfDates(leaf, paths.certificate, now, tell)
  return { certificate, key, notAfter: Date.parse(leaf.validTo) }
}

/** The text of a file that `option` names; null, and told, where it cannot be had. */
export function readFile(option: string, path: string, tell: Tell): string | null {
  // A reload reads these on the main thread: a pipe without a writer would hold it for ever.
  if (statOf(path)?.isFIFO()) return tell('error', option, `${show(path)} is a pipe; a file is needed`)
  const verdict = readText(path)
  return verdict.kind === 'text' ? verdict.text : tell('error', option, `${show(path)} ${verdict.reason}`)
}

function parseCertificate(path: string, text: string, tell: Tell): X509Certificate | null {
  try {
    return new X509Certificate(text)
  } catch {
    return tell('error', 'tls.certificate', `${show(path)} is no PEM certificate (-----BEGIN CERTIFICATE-----)`)
  }
}

function parseKey(path: string, text: string, tell: Tell): KeyObject | null {
  try {
    return createPrivateKey(text)
  } catch {
    return tell('error', 'tls.key', `${show(path)} is no PEM private key without a passphrase`)
  }
}

function warnOfDates(leaf: X509Certificate, path: string, now: number, tell: Tell): void {
  const from = Date.parse(leaf.validFrom)
  const fault = now < from ? `is valid from ${day(from)} on` : expiryFault(Date.parse(leaf.validTo), now)
  if (fault !== null) tell('warning', 'tls.certificate', `${show(path)} ${fault}`)
}

/** What is wrong with a certificate that ends at `notAfter`; null while there is time. Unix ms. */
export function expiryFault(notAfter: number, now: number): string | null {
  if (now > notAfter) return `expired on ${day(notAfter)}; renew it and reload`
  const left = Math.floor((notAfter - now) / DAY_MS)
  return left < RENEWAL_DAYS ? `expires on ${day(notAfter)}, in ${left} days; renew it and reload` : null
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

const SECRET = /^[0-9a-fA-F]{32}$/
const MOST_SECRETS = 8

/** Blank lines and lines that begin with # count for nothing. */
function readSecrets(path: string, tell: Tell): readonly string[] | null {
  const text = readFile('cookies.secrets', path, tell)
  if (text === null) return null
  const lines = text.split('\n').map(line => line.trim())
  const bad = lines.findIndex(line => line !== '' && !line.startsWith('#') && !SECRET.test(line))
  // The line itself is not shown: it may be a secret with a slip of the pen.
  if (bad >= 0) return tell('error', 'cookies.secrets', `${show(path)} line ${bad + 1} is not 32 hexadecimal digits`)
  const secrets = lines.filter(line => SECRET.test(line))
  if (secrets.length === 0 || secrets.length > MOST_SECRETS) {
    const make = 'openssl rand -hex 16 makes one'
    return tell(
      'error',
      'cookies.secrets',
      `${show(path)} has ${secrets.length} secrets; 1 to ${MOST_SECRETS} (${make})`,
    )
  }
  warnOfPermissions('cookies.secrets', path, tell)
  return secrets
}

function warnOfPermissions(option: string, path: string, tell: Tell): void {
  if ((statOf(path)?.mode ?? 0) & 0o007)
    tell('warning', option, `${show(path)} can be read by everyone on this machine; chmod 600 it`)
}

/** undefined where the system tells nothing: reading the file will say why. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
