import { readFile } from 'node:fs/promises'
import { type Problem, ProblemError } from '../base/problem.ts'
import type { Measurement } from '../model/measurement.ts'
import { probeDns } from './dns-probe.ts'
import { Prober, type ProberReport } from './prober.ts'
import { parseTargets } from './targets.ts'
import { probeTcp } from './tcp-probe.ts'

const METHODS = { dns: probeDns, tcp: probeTcp }
const REPORT_EVERY_MS = 60_000

export interface ProbeRun {
  readonly cluster: string
  /** Path of the targets file. */
  readonly targets: string
  readonly settings: {
    readonly interval: number
    readonly silentInterval: number
    readonly budget: number
    readonly timeout: number
    readonly methods: readonly ('dns' | 'tcp')[]
    readonly port: number
  }
  readonly write: (rows: readonly Measurement[]) => Promise<void>
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** Probes the targets until SIGTERM or SIGINT; resolves with the exit code. Throws {@link ProblemError} for a bad targets file. */
export async function runProbe({ cluster, targets: file, settings, write, log }: ProbeRun): Promise<number> {
  const { targets, problems } = parseTargets(await readTargets(file), file, settings.port)
  if (targets.length === 0 && problems.length === 0) problems.push(problem(file, 'names no resolver; write one a line'))
  if (problems.length > 0) throw new ProblemError(problems)
  const prober = new Prober(targets, {
    cluster,
    intervalMs: settings.interval,
    silentIntervalMs: settings.silentInterval,
    budget: settings.budget,
    timeoutMs: settings.timeout,
    methods: settings.methods.map(method => METHODS[method]),
    now: () => Date.now(),
    random: () => Math.random(),
    write,
    log,
  })
  prober.start()
  log('info', `probing ${targets.length} resolvers for ${cluster} every ${settings.interval / 1000} s`)
  const reports = setInterval(() => log('info', describe(prober.report())), REPORT_EVERY_MS)
  await new Promise<void>(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  clearInterval(reports)
  await prober.stop()
  log('info', describe(prober.report()))
  return 0
}

function describe(report: ProberReport): string {
  const { targets, answering, silent, sent, answered, written, writeFailures } = report
  const failures = writeFailures === 0 ? '' : `, ${writeFailures} writes failed`
  return `${answering} of ${targets} resolvers answer, ${silent} are silent; ${answered} of ${sent} probes answered, ${written} rows written${failures}`
}

async function readTargets(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new ProblemError([problem(file, 'the targets file cannot be read; check the path and its permissions')])
  }
}

const problem = (file: string, message: string): Problem => ({ severity: 'error', file, line: 0, column: 0, message })
