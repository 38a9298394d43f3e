import type { DrainIntent } from '../model/signals.ts'
import { CHANGES, CHANGES_KEPT, INTENTS } from './keys.ts'
import { intentData } from './redis-change.ts'
import type { RedisClient } from './redis-client.ts'
import { readIntents, type ScanDeps } from './redis-scan.ts'

/** Tells of an intent; null: there is none any more. */
type Tell = (cluster: string, intent: DrainIntent | null) => void

/**
 * The drains that a follower knows of. A Redis that was emptied, or whose place an older copy took, has forgotten what operators wanted: whoever
 * knows of it writes it again. Of two intents the one with the later `since` holds, so that all may do so at once and nobody undoes what is newer.
 */
export class KnownIntents {
  readonly #known: Map<string, DrainIntent>

  constructor(known: readonly DrainIntent[]) {
    this.#known = new Map(known.map(intent => [intent.cluster, intent]))
  }

  note(cluster: string, intent: DrainIntent | null): void {
    if (intent === null) this.#known.delete(cluster)
    else this.#known.set(cluster, intent)
  }

  /**
   * Tells of all that Redis holds, and of those that it holds no longer. Those given before `lostBefore` (Unix ms) that it should hold and does not
   * are written again, and all of them where some of what it holds cannot be read; returns how many.
   */
  async load(deps: ScanDeps, lostBefore: number, tell: Tell): Promise<number> {
    const { intents, isWhole } = await readIntents(deps)
    const stored = new Map(intents.map(intent => [intent.cluster, intent]))
    let revived = 0
    for (const [cluster, intent] of this.#known) {
      const held = stored.get(cluster)
      if (held !== undefined && held.since >= intent.since) continue
      if (!isWhole || intent.since < lostBefore) {
        stored.set(cluster, intent)
        // Where another was quicker, the stream tells of it.
        if (await revive(deps.client, intent)) revived++
      } else if (held === undefined) {
        this.#known.delete(cluster)
        tell(cluster, null)
      }
    }
    for (const [cluster, intent] of stored) {
      this.#known.set(cluster, intent)
      tell(cluster, intent)
    }
    return revived
  }
}

async function revive(client: RedisClient, intent: DrainIntent): Promise<boolean> {
  const { cluster, since } = intent
  const args = [cluster, JSON.stringify(intent), since, CHANGES_KEPT, intentData(cluster, intent)]
  return (await client.script('reviveIntent', [INTENTS, CHANGES], args)) === 1
}
