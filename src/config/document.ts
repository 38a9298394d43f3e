import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Problem } from '../base/problem.ts'
import { visible } from './option.ts'
import { formatPath, type Path } from './path.ts'

/** Where something stands: 1-based; line 0 = the whole file. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A YAML file as plain values, each of which knows where it stands. */
export interface ConfigDocument {
  /** Mappings, lists, strings, numbers, booleans, null. undefined when the text is not usable YAML: then `problems` has errors. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Where the value at `path` stands (`key`: where its key stands); of what does not exist, the nearest mapping or list around it. */
  locate(path: Path, part?: 'value' | 'key'): Position
}

/** Larger files are refused unread: composing YAML costs about a second per MB. */
export const MAX_DOCUMENT_OCTETS = 4 * 2 ** 20
const MAX_DEPTH = 32
/** Values that aliases may add to those written out: an alias bomb stops here. */
const MAX_ALIASED_VALUES = 100_000
const MAX_SYNTAX_PROBLEMS = 50

/** Reads one YAML 1.2 document (core schema). Hostile text gives problems, never an exception. `file` is only named in them. */
export function readDocument(text: string, file: string): ConfigDocument {
  const lines = new LineCounter()
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const broken = (problems: Problem[]): ConfigDocument => ({ value: undefined, problems, locate: () => WHOLE })
  if (text.length > MAX_DOCUMENT_OCTETS)
    return broken([
      problem(
        file,
        WHOLE,
        `longer than ${MAX_DOCUMENT_OCTETS / 2 ** 20} MiB; split it or leave out what is not configuration`,
      ),
    ])
  const document = compose(text, lines)
  if (document === null) return broken([problem(file, WHOLE, TOO_DEEP)])
  const syntax = [...document.errors, ...document.warnings]
  if (syntax.length > 0)
    return broken(
      syntax.slice(0, MAX_SYNTAX_PROBLEMS).map(error => problem(file, at(error.pos[0]), tidy(error.message))),
    )
  const reader = new NodeReader(offset => at(offset), file)
  const value = reader.read(document.contents as Node | null)
  const locate = (path: Path, part: 'value' | 'key' = 'value') =>
    at(reader.offset(document.contents as Node | null, path, part))
  return { value: reader.problems.length > 0 ? undefined : value, problems: reader.problems, locate }
}

const WHOLE: Position = { line: 0, column: 0 }
const TOO_DEEP = `nested too deeply; at most ${MAX_DEPTH} levels`

const problem = (file: string, position: Position, message: string): Problem => ({
  severity: 'error',
  file,
  ...position,
  message: visible(message),
})

/** null where the nesting exhausts the stack. Key uniqueness is checked in {@link NodeReader}: the package's own check is quadratic. */
function compose(text: string, lines: LineCounter): Document | null {
  try {
    const options = { schema: 'core', resolveKnownTags: false, uniqueKeys: false, prettyErrors: false } as const
    return parseDocument(text, { ...options, lineCounter: lines, logLevel: 'error' })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function tidy(message: string): string {
  if (message.includes('call stack')) return TOO_DEEP
  if (message.includes('multiple documents')) return 'a second document begins here; the file must hold one'
  const line = message.split('\n')[0]!
  return `not YAML: ${line.charAt(0).toLowerCase()}${line.slice(1, 200)}`
}

/** Walks the node tree once and makes plain values of it; then finds offsets of paths in the same tree. */
class NodeReader {
  readonly problems: Problem[] = []
  readonly #at: (offset: number) => Position
  readonly #file: string
  readonly #anchors = new Map<string, Node>()
  readonly #targets = new Map<Node, Node>()
  readonly #open = new Set<Node>()
  #aliased = 0
  #aliasDepth = 0

  constructor(at: (offset: number) => Position, file: string) {
    this.#at = at
    this.#file = file
  }

  read(node: Node | null, path: Path = []): unknown {
    if (node === null || node === undefined) return null
    if (this.#aliasDepth > 0 && ++this.#aliased > MAX_ALIASED_VALUES) {
      if (this.#aliased === MAX_ALIASED_VALUES + 1)
        this.#report(node, path, `aliases expand to more than ${MAX_ALIASED_VALUES} values`)
      return null
    }
    if (path.length > MAX_DEPTH) return this.#report(node, path.slice(0, 3), TOO_DEEP)
    if (isAlias(node)) return this.#readAlias(node, path)
    const anchor = (node as { anchor?: string }).anchor
    if (anchor !== undefined && this.#aliasDepth === 0) this.#anchors.set(anchor, node)
    if (isScalar(node)) return this.#readScalar(node.value, node, path)
    this.#open.add(node)
    const value = isSeq(node)
      ? this.#readList(node.items as Node[], path)
      : isMap(node)
        ? this.#readMap(node.items as Pair<Node, Node>[], path)
        : null
    this.#open.delete(node)
    return value
  }

  /** Offset of the key or value at `path`; of the deepest part of the path that exists, otherwise. */
  offset(root: Node | null, path: Path, part: 'value' | 'key'): number {
    let node = this.#resolve(root)
    let offset = node?.range?.[0] ?? 0
    for (const [i, step] of path.entries()) {
      const pair = isMap(node)
        ? (node.items as Pair<Node, Node>[]).find(item => keyText(item.key) === String(step))
        : undefined
      const written = isSeq(node) ? (node.items[step as number] as Node | undefined) : (pair?.value ?? pair?.key)
      if (written === undefined || written === null) break
      const keyOnly = pair !== undefined && part === 'key' && i === path.length - 1
      offset = (keyOnly ? pair.key : written).range?.[0] ?? offset
      node = this.#resolve(written)
    }
    return offset
  }

  #resolve(node: Node | null): Node | null {
    return node === null ? null : (this.#targets.get(node) ?? node)
  }

  #readAlias(node: Node & { source: string }, path: Path): unknown {
    const target = this.#anchors.get(node.source)
    if (target === undefined) return this.#report(node, path, `*${node.source} refers to no anchor above it`)
    if (this.#open.has(target)) return this.#report(node, path, `*${node.source} refers to itself`)
    this.#targets.set(node, target)
    this.#aliasDepth++
    const value = this.read(target, path)
    this.#aliasDepth--
    return value
  }

  #readScalar(value: unknown, node: Node, path: Path): unknown {
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
      return value
    return this.#report(node, path, 'is not a string, number, boolean, list or mapping')
  }

  #readList(items: readonly Node[], path: Path): unknown[] {
    return items.map((item, i) => this.read(item, [...path, i]))
  }

  #readMap(items: readonly Pair<Node, Node>[], path: Path): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    for (const { key, value } of items) {
      const name = keyText(key)
      if (name === null) this.#report(key, path, 'a key must be one word')
      else if (name === '__proto__') this.#report(key, path, '__proto__ is not a legal key')
      else if (entries.has(name)) this.#report(key, [...path, name], 'written twice; each key may stand once')
      else entries.set(name, this.read(value, [...path, name]))
    }
    return Object.fromEntries(entries)
  }

  #report(node: Node | null, path: Path, what: string): null {
    const place = formatPath(path)
    const position = this.#at(node?.range?.[0] ?? 0)
    if (this.problems.length < MAX_SYNTAX_PROBLEMS)
      this.problems.push(problem(this.#file, position, place === '' ? what : `${place}: ${what}`))
    return null
  }
}

/** A key as text; null when it is a list, a mapping or an alias. */
function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null
  // `10.0.0.0/8:` and `4766:` alike: what the operator wrote, not what YAML made of it.
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}
