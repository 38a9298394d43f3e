import { KEY_PREFIX, KEYS } from './keys.ts'

/** Between two lines about values of one kind. */
const PAUSE_MS = 60_000

interface Said {
  readonly at: number
  /** Left out since, and not told yet. */
  more: number
}

/** Counts stored values that could not be read, and says so in the log: of each kind at once for the first, then at most once a minute. */
export class Skipped {
  count = 0
  readonly #log: (level: 'warn', message: string) => void
  readonly #now: () => number
  readonly #said = new Map<string, Said>()

  constructor(log: (level: 'warn', message: string) => void, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** `what` names the place: `kingcdn:rtt:192.0.2.0/24`, `journal.jsonl:17`. */
  add(what: string, why: string, count = 1): void {
    if (count <= 0) return
    this.count += count
    const kind = kindOf(what)
    const said = this.#said.get(kind)
    if (said !== undefined && this.#now() - said.at < PAUSE_MS) {
      said.more += count
      return
    }
    const more = count - 1 + (said?.more ?? 0)
    this.#said.set(kind, { at: this.#now(), more: 0 })
    const name = what.length > 120 ? `${what.slice(0, 120)}...` : what
    this.#log('warn', `store: skipped ${name}: ${why}${more > 0 ? ` (and ${more} more of ${kind})` : ''}`)
  }
}

const VARIABLE = /<[^>]+>/g
const PATTERNS = KEYS.map(({ pattern }) => {
  const [start = '', end] = pattern.split(VARIABLE, 2)
  return { pattern, start, isWhole: end === undefined }
})

/** Of a key its pattern, `kingcdn:rtt:<prefix>`; of a line its file; few in all, whatever there is in Redis. */
function kindOf(what: string): string {
  if (!what.startsWith(KEY_PREFIX)) return what.replace(/(:\d+| of .*)$/s, '')
  const key = PATTERNS.find(({ start, isWhole }) =>
    isWhole ? what === start || what.startsWith(`${start} `) : what.startsWith(start),
  )
  return key?.pattern ?? 'keys that do not belong here'
}
