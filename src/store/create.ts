import type { Clock } from '../base/clock.ts'
import { MemoryStore } from './memory.ts'
import { RedisStore } from './redis.ts'
import type { Store } from './store.ts'
import { parseStoreUrl } from './store-url.ts'

export interface StoreOptions {
  /** Where the embedded store keeps its journal; not used by Redis. */
  readonly stateDir: string
  readonly clock: Clock
  /** News that no listener is told: what was skipped, what is read anew. That the store is away or back is the listener's to say. */
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** The store that `url` names (see {@link parseStoreUrl}). Throws when it names none; connects only when opened or written to. */
export function createStore(url: string, options: StoreOptions): Store {
  const address = parseStoreUrl(url)
  switch (address.kind) {
    case 'memory':
      return new MemoryStore(options)
    case 'redis':
      return new RedisStore(address, options)
    case 'bad':
      throw new Error(`store: ${address.reason}`)
  }
}
