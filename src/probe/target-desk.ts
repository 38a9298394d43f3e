import { readFile } from 'node:fs/promises'
import { AddressSet } from '../base/address-set.ts'
import { type Problem, ProblemError } from '../base/problem.ts'
import type { Cluster } from '../model/cluster.ts'
import type { ProbeMethod } from '../model/probe-status.ts'
import type { ResolverCount } from '../model/resolver.ts'
import type { DemandOf } from './demand-index.ts'
import { meshTargets } from './mesh.ts'
import { parseOptOut } from './opt-out.ts'
import { parseTargets, type Target } from './targets.ts'
import { planTargets, type TargetPlan } from './wanted.ts'

export interface TargetDeskDeps {
  readonly cluster: string
  readonly clusters: readonly Cluster[]
  /** Path of the targets file; null: none. */
  readonly file: string | null
  readonly settings: {
    readonly port: number
    readonly optOut: readonly string[]
    /** Path; null: none. */
    readonly optOutFile: string | null
    readonly specialPurpose: boolean
  }
  /** The methods that can be used here. */
  readonly methods: readonly ProbeMethod[]
  readonly resolvers: () => Promise<readonly ResolverCount[]>
  readonly demand: () => Promise<readonly DemandOf[]>
  readonly owns: (block: string) => boolean
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** Knows who may be probed: keeps what it read last of everything that cannot be read now. */
export class TargetDesk {
  readonly #deps: TargetDeskDeps
  readonly #mesh: readonly Target[]
  #file: readonly Target[] = []
  #optOut: AddressSet
  #resolvers: readonly ResolverCount[] = []
  #demand: readonly DemandOf[] = []
  #fault = ''

  constructor(deps: TargetDeskDeps) {
    this.#deps = deps
    const mesh = meshTargets(deps.clusters, deps.cluster)
    this.#mesh = mesh.filter(({ methods }) => methods?.some(method => deps.methods.includes(method)) ?? true)
    this.#optOut = new AddressSet(deps.settings.optOut)
  }

  /** Reads the files for the first time; throws {@link ProblemError} when they cannot be used. */
  async open(): Promise<void> {
    const { file, settings } = this.#deps
    const problems: Problem[] = [...(await this.#readOptOut())]
    if (file !== null) {
      const read = parseTargets(await textOf(file, 'targets file'), file, settings.port)
      if (read.targets.length === 0 && read.problems.length === 0)
        problems.push(problem(file, 'names no resolver; write one a line'))
      problems.push(...read.problems)
      this.#file = read.targets
    }
    if (problems.length > 0) throw new ProblemError(problems)
  }

  /** Reads anew what changes. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const problems = await this.#readOptOut()
      if (problems.length > 0) throw new ProblemError(problems)
      this.#resolvers = await this.#deps.resolvers()
      this.#demand = await this.#deps.demand()
      this.#fault = ''
    } catch (error) {
      const fault =
        error instanceof ProblemError
          ? error.problems[0]!.message
          : error instanceof Error
            ? error.message
            : String(error)
      if (fault !== this.#fault) this.#deps.log('warn', `the targets stay as they are: ${fault}`)
      this.#fault = fault
    }
  }

  get knowsResolvers(): boolean {
    return this.#resolvers.length > 0
  }

  plan(): TargetPlan {
    const { settings, owns } = this.#deps
    return planTargets(
      { mesh: this.#mesh, file: this.#file, resolvers: this.#resolvers, demand: this.#demand },
      { port: settings.port, optOut: this.#optOut, specialPurpose: settings.specialPurpose, owns },
    )
  }

  async #readOptOut(): Promise<readonly Problem[]> {
    const { optOut, optOutFile } = this.#deps.settings
    if (optOutFile === null) return []
    const { texts, problems } = parseOptOut(await textOf(optOutFile, 'opt-out list'), optOutFile)
    if (problems.length === 0) this.#optOut = new AddressSet([...optOut, ...texts])
    return problems
  }
}

async function textOf(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new ProblemError([problem(file, `the ${what} cannot be read; check the path and its permissions`)])
  }
}

const problem = (file: string, message: string): Problem => ({ severity: 'error', file, line: 0, column: 0, message })
