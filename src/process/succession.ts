import { Incumbent } from './incumbent.ts'

/** What gives its place to another process. */
export interface SuccessionDeps {
  readonly stateFolder: string
  readonly lock: { give(pid: number): void; takeBack(): void }
  /** See store/store.ts. */
  readonly store: {
    readonly stepAside?: (reason: string) => Promise<void>
    readonly comeBack?: () => Promise<void>
  }
  /** Writes the tables that are served, and the plan, into the state folder. */
  readonly keep: () => Promise<void>
  /** Why nobody can take over now; null: somebody can. */
  readonly refusal: () => string | null
  /** That process answers. */
  readonly succeeded: (pid: number) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** Why a nameserver cannot give its place; null: it can. `xdp`: interfaces with AF_XDP. */
export function staysBecause(phase: string, transport: 'batch' | 'dgram', xdp: number): string | null {
  if (phase !== 'serving') return `it is ${phase}`
  if (transport === 'dgram') return 'udp.transport: dgram shares no port; stop it and start the other'
  return xdp > 0 ? 'udp.transport: xdp shares no queues; stop it and start the other' : null
}

/**
 * Lets another process take over: first the state folder, while this one answers on and writes nothing, then the addresses. Resolves with what ends it;
 * without the socket in the state folder nobody can take over, and all else works.
 */
export async function awaitSuccessors(deps: SuccessionDeps): Promise<() => Promise<void>> {
  const { stateFolder, lock, store, keep, refusal, succeeded, log } = deps
  try {
    const incumbent = await Incumbent.listen(stateFolder, {
      refusal,
      leave: async pid => {
        await keep()
        await store.stepAside?.(`process ${pid} takes over`)
        lock.give(pid)
      },
      resume: async () => {
        lock.takeBack()
        await store.comeBack?.()
        await keep()
      },
      succeeded: pid => {
        log('info', `process ${pid} answers: this one ends`)
        succeeded(pid)
      },
      log,
    })
    return async () => incumbent.close()
  } catch (error) {
    log('warn', `kingcdn upgrade is not to be had: ${String(error)}`)
    return async () => undefined
  }
}
