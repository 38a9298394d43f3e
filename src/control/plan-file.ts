import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import type { FleetPlan } from '../model/fleet-plan.ts'
import { readPlan } from '../store/signal-codec.ts'

/** Keeps the plan in force for the next start, which may find the store away. */
export interface PlanKeeper {
  read(): FleetPlan | null
  keep(plan: FleetPlan): void
}

/**
 * The plan in force, in a file of the state folder: a start that finds the store away still knows who is drained and what is shed. Written after
 * every plan, the newest only; a file that is torn or foreign is no plan.
 */
export class PlanFile implements PlanKeeper {
  readonly #file: string
  readonly #onFailure: (error: unknown) => void
  readonly #mayWrite: () => boolean
  #next: FleetPlan | null = null
  #writing = false
  #last: FleetPlan | null = null

  /** `mayWrite`: false while the state folder is another process's. */
  constructor(file: string, onFailure: (error: unknown) => void, mayWrite = () => true) {
    this.#file = file
    this.#onFailure = onFailure
    this.#mayWrite = mayWrite
  }

  read(): FleetPlan | null {
    try {
      return readPlan(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return null
    }
  }

  keep(plan: FleetPlan): void {
    this.#last = plan
    if (!this.#mayWrite()) return
    this.#next = plan
    if (!this.#writing) void this.#write()
  }

  /** Writes once more what was to be kept last. */
  again(): void {
    if (this.#last !== null) this.keep(this.#last)
  }

  async #write(): Promise<void> {
    this.#writing = true
    try {
      while (this.#next !== null) {
        const plan = this.#next
        this.#next = null
        // It holds the cookie secrets.
        await writeFile(`${this.#file}.new`, JSON.stringify(plan), { mode: 0o600 })
        await rename(`${this.#file}.new`, this.#file)
      }
    } catch (error) {
      this.#onFailure(error)
    } finally {
      this.#writing = false
    }
  }
}
