import { randomBytes } from 'node:crypto'
import { formatProblem, type Problem, ProblemError } from '../base/problem.ts'
import type { AnswerSettings, CookieSettings } from '../model/answer-settings.ts'
import type { LoadedConfiguration } from '../model/deployment.ts'
import type { MonitorSettings } from '../model/health-checks.ts'
import type { ContentProblem } from '../model/planner.ts'
import { type AnswerFiles, expiryFault, readAnswerFiles } from './answer-files.ts'
import { monitorSettings } from './build-health.ts'
import { samplingOf } from './build-query-logs.ts'
import type { Config } from './config.ts'
import { checkHealthFiles } from './health-files.ts'
import { keepLastGood, readLastGood } from './last-good.ts'
import { type LoadedConfig, loadConfig } from './load.ts'

/** One reading of the configuration file and of the files it names. */
interface Reading {
  readonly config: Config
  readonly files: AnswerFiles
  /** Errors in those files, a sentence each: they stand as alarms while this reading is in force. */
  readonly alarms: readonly string[]
}

/** Cookie secrets that the store keeps for all nameservers that share it. */
export type SharedSecrets = Pick<CookieSettings, 'secrets' | 'active'>

/** Keys that the threads, sockets and connections of the process were made from. */
const FIXED = ['node', 'listen', 'workers', 'store', 'state', 'udp', 'tcp', 'http', 'ecs', 'load', 'passive'] as const

/** The configuration file of a running server: how it was started, what the file says now, and which reading of it is in force. */
export class ConfigSource {
  /** What the process was started with. */
  readonly started: Config
  /** Everything that was wrong at the start and did not keep it from starting. */
  readonly problems: readonly Problem[]
  readonly #file: string
  readonly #readings = new WeakMap<LoadedConfiguration, Reading>()
  /** Set while the file is bad and the last good configuration is served in its place. */
  #bootAlarm: string | null
  #locate: LoadedConfig['locate']
  #inForce: Reading
  /** Makes cookies until the store has given the shared secrets. */
  readonly #ownSecret = randomBytes(16).toString('hex')

  private constructor(file: string, config: Config, loaded: LoadedConfig, bootAlarm: string | null) {
    this.#file = file
    this.#locate = loaded.locate
    this.#bootAlarm = bootAlarm
    this.started = config
    const { reading, problems } = this.#readFiles(config)
    this.#inForce = reading
    this.problems = [...loaded.problems, ...problems]
  }

  /**
   * Reads the file for a start; where it is bad, the last good configuration beside it, unless `strict`. Throws {@link ProblemError} when
   * neither can be served, and with `strict` for any error.
   */
  static async boot(file: string, strict: boolean): Promise<ConfigSource> {
    const loaded = await loadConfig(file)
    const { config, problems } = loaded
    if (config !== null) {
      const source = new ConfigSource(file, config, loaded, null)
      if (strict && source.problems.some(isError)) throw new ProblemError(source.problems)
      return source
    }
    const lastGood = strict ? null : readLastGood(file)
    if (lastGood === null) throw new ProblemError(problems)
    const first = problems.find(isError)
    const what = first === undefined ? '' : formatProblem(first)
    return new ConfigSource(file, lastGood, loaded, `${file} is bad, the last good configuration is served: ${what}`)
  }

  /** What an operator should act on. `now`: Unix ms. */
  alarms(now: number): readonly string[] {
    const { config, alarms } = this.#inForce
    const expiry = this.tlsNotAfter === null ? null : expiryFault(this.tlsNotAfter, now)
    return [
      ...(this.#bootAlarm === null ? [] : [this.#bootAlarm]),
      ...alarms,
      ...(expiry === null ? [] : [`the TLS certificate ${config.tls?.certificate} ${expiry}`]),
    ]
  }

  /** The end of the certificate in force, Unix ms; null without one. */
  get tlsNotAfter(): number | null {
    return this.#inForce.files.tls?.notAfter ?? null
  }

  /** Reads everything anew; null with the problems when any of it is bad, and while another process takes over (`ours` is false). */
  async read(ours = true): Promise<{ loaded: LoadedConfiguration | null; problems: readonly Problem[] }> {
    if (!ours) return { loaded: null, problems: [beingSucceeded(this.#file)] }
    const { config, problems, locate } = await loadConfig(this.#file)
    if (config === null) return { loaded: null, problems }
    // Places of problems are looked up in the text that was read last.
    this.#locate = locate
    const files = this.#readFiles(config)
    const all = [...problems, ...files.problems, ...this.#needsRestart(config)]
    if (files.problems.some(isError)) return { loaded: null, problems: all }
    const loaded = { deployment: config.deployment, hash: config.hash }
    this.#readings.set(loaded, files.reading)
    return { loaded, problems: all }
  }

  /** The configuration came into force: it is kept for a start that finds the file bad. Rejects when it cannot be written. */
  async accept(loaded: LoadedConfiguration): Promise<void> {
    const reading = this.#readings.get(loaded)
    // A start from the last good configuration has nothing newer to keep.
    if (reading === undefined && this.#bootAlarm !== null) return
    this.#bootAlarm = null
    this.#inForce = reading ?? this.#inForce
    await keepLastGood(this.#inForce.config)
  }

  /** What the answering workers go by now. `workers` share the rate limit; `shared`: null while the store has not given it. */
  settings(workers: number, shared: SharedSecrets | null): AnswerSettings {
    const { config, files } = this.#inForce
    const { chaos, cookies, rateLimit } = config
    const own = { secrets: files.cookieSecrets ?? [this.#ownSecret], active: 0 }
    const secrets = cookies.secrets === null && shared !== null ? shared : own
    return {
      chaos,
      tls: files.tls === null ? null : { certificate: files.tls.certificate, key: files.tls.key },
      cookies: cookies.enabled ? { ...secrets, require: cookies.require } : null,
      // A client's queries come to one worker or spread over all of them: at most `workers` times its share, at least its share.
      rateLimit: rateLimit === null ? null : { ...rateLimit, perSecond: rateLimit.perSecond / workers },
      sampling: samplingOf(config.queryLogs),
    }
  }

  /** What is logged now, and where. */
  get logs(): Pick<Config, 'log' | 'queryLogs'> {
    return this.#inForce.config
  }

  /** What the health checks in this process go by now; null: they are left to others. */
  monitoring(): MonitorSettings | null {
    const { config } = this.#inForce
    return config.monitor.enabled ? monitorSettings(config, false) : null
  }

  /** Gives a problem of the configuration's content its place in the file. */
  place({ path, problem }: ContentProblem): Problem {
    return path === '' ? problem : { ...problem, file: this.#file, ...this.#locate(path) }
  }

  #readFiles(config: Config): { reading: Reading; problems: Problem[] } {
    const { files, problems } = readAnswerFiles(config, Date.now())
    const placed = [...problems, ...checkHealthFiles(config.deployment)].map(problem => this.place(problem))
    return { reading: { config, files, alarms: placed.filter(isError).map(formatProblem) }, problems: placed }
  }

  #needsRestart(config: Config): Problem[] {
    const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b)
    const changed = FIXED.filter(key => differs(config[key], this.started[key])) as string[]
    if (differs(config.tls?.listen, this.started.tls?.listen)) changed.push('tls.listen')
    return changed.map(key => ({
      severity: 'warning',
      file: this.#file,
      ...this.#locate(key),
      message: `${key}: the change takes effect at the next start`,
    }))
  }
}

const beingSucceeded = (file: string): Problem => ({
  severity: 'error',
  file,
  line: 0,
  column: 0,
  message: 'another process takes over from this one; reload when it answers',
})

const isError = ({ severity }: Problem): boolean => severity === 'error'
