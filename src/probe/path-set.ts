import { formatPrefix } from '../base/prefix.ts'
import type { Block, Path } from './block.ts'
import { UNMEASURED } from './smoothing.ts'
import type { Target } from './targets.ts'

/** A target, and whether it is of the tail of the demand. */
export interface Wanted extends Target {
  readonly tail: boolean
}

/** The paths to all targets, by block. What is known of a path stays while its target is wanted. */
export class PathSet {
  readonly #paths = new Map<string, Path>()
  readonly #blocks = new Map<string, Block>()

  get size(): number {
    return this.#paths.size
  }

  values(): IterableIterator<Path> {
    return this.#paths.values()
  }

  /** Takes these for the targets; returns the paths that are new, in the order of `wanted`, not yet due. */
  want(wanted: readonly Wanted[]): Path[] {
    const fresh: Path[] = []
    const keys = new Set<string>()
    for (const target of wanted) {
      const key = keyOf(target)
      if (keys.has(key)) continue
      keys.add(key)
      const known = this.#paths.get(key)
      if (known !== undefined) known.tail = target.tail
      else fresh.push(this.#add(key, target))
    }
    for (const [key, path] of this.#paths) if (!keys.has(key)) this.#drop(key, path)
    return fresh
  }

  #add(key: string, target: Wanted): Path {
    const prefix = formatPrefix(target.prefix)
    const block = this.#blocks.get(prefix) ?? { key: prefix, paths: [], speaker: null }
    this.#blocks.set(prefix, block)
    const path: Path = {
      ...{ target, block, tail: target.tail, method: null, smoothed: UNMEASURED, dueAt: 0 },
      ...{ misses: 0, tries: 0, discards: 0, gone: false },
    }
    block.paths.push(path)
    this.#paths.set(key, path)
    return path
  }

  #drop(key: string, path: Path): void {
    const { block } = path
    path.gone = true
    this.#paths.delete(key)
    block.paths.splice(block.paths.indexOf(path), 1)
    if (block.speaker === path) block.speaker = null
    if (block.paths.length === 0) this.#blocks.delete(block.key)
  }
}

const keyOf = ({ address, port, prefix }: Target): string => `${address} ${port} ${formatPrefix(prefix)}`
