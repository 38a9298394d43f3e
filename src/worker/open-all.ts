import type { Address } from './protocol.ts'

interface Closable {
  close(): Promise<void>
}

export interface Opened<T> {
  readonly listeners: readonly T[]
  /** A sentence for each address that this machine does not have. */
  readonly absent: readonly string[]
}

/** Addresses that a machine may lack without the others being any worse: IPv6 loopback on a host without IPv6. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Opens a listener on each address. Rejects, with none left listening, when one that is there cannot be bound. */
export async function openAll<T extends Closable>(
  addresses: readonly Address[],
  open: (address: Address) => Promise<T>,
): Promise<Opened<T>> {
  const listeners: T[] = []
  const absent: string[] = []
  for (const address of addresses) {
    try {
      listeners.push(await open(address))
    } catch (error) {
      if (!isAbsent(error)) {
        // Not waited for: connections that came meanwhile may take their time.
        for (const listener of listeners) void listener.close()
        throw error
      }
      absent.push((error as Error).message)
    }
  }
  return { listeners, absent }
}

/** The same where at least one address has to be there. */
export async function openSome<T extends Closable>(
  addresses: readonly Address[],
  open: (address: Address) => Promise<T>,
): Promise<Opened<T>> {
  const opened = await openAll(addresses, open)
  if (opened.listeners.length === 0 && opened.absent.length > 0) throw new Error(opened.absent.join('\n'))
  return opened
}

function isAbsent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  return cause?.code !== undefined && ABSENT.has(cause.code)
}
