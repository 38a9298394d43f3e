import { X509Certificate } from 'node:crypto'
import type { Deployment } from '../model/deployment.ts'
import type { ContentProblem } from '../model/planner.ts'
import { readFile } from './answer-files.ts'
import { show } from './option.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** What is wrong with the files of authorities that health checks name; each file is read once. Never throws. */
export function checkHealthFiles({ clusters }: Pick<Deployment, 'clusters'>): readonly ContentProblem[] {
  const problems: ContentProblem[] = []
  const seen = new Set<string>()
  clusters.forEach(({ health }, index) => {
    const ca = health?.http?.tls?.ca
    if (ca === undefined || seen.has(ca)) return
    seen.add(ca)
    const option = `clusters[${index}].health.http.ca`
    const tell = (severity: 'error' | 'warning', path: string, message: string): null => {
      problems.push({ path, problem: { severity, file: '', line: 0, column: 0, message: `${path}: ${message}` } })
      return null
    }
    const text = readFile(option, ca, tell)
    const fault = text === null ? null : faultOf(text)
    if (fault !== null) tell('error', option, `${show(ca)} ${fault}`)
  })
  return problems
}

function faultOf(text: string): string | null {
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) return 'holds no PEM certificate (-----BEGIN CERTIFICATE-----)'
  const bad = blocks.findIndex(block => !parses(block))
  return bad < 0 ? null : `holds something else than a certificate, the ${bad + 1}. of its PEM blocks`
}

function parses(block: string): boolean {
  try {
    return new X509Certificate(block) !== undefined
  } catch {
    return false
  }
}
