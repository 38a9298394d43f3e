import { type Millis, millis } from '../base/brand.ts'
import { formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix } from '../base/prefix.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'

/**
 * Measurements as text, for Redis and for the journal alike:
 *
 *   field   = cluster [ "/passive" ]                                          ; of kingcdn:rtt:<prefix>: what edges saw stands beside the rest
 *   figures = measured-at SP rtt SP rtt-var SP loss SP samples SP source      ; the value of a field
 *   row     = prefix SP cluster SP figures                                    ; a line of the change stream or of the journal
 *
 * measured-at: Unix ms; it comes first so that a script can compare it without parsing the rest. rtt and rtt-var: ms, three decimals at
 * most. loss: 0..1, six decimals at most. source: import | probe | passive. At most 64 octets, so that Redis keeps small hashes packed.
 */
const SOURCES: ReadonlySet<string> = new Set(['import', 'probe', 'passive'])
const CLUSTER = /^[a-z0-9-]{1,63}$/
const PASSIVE = '/passive'
const MAX_RTT_MS = 60_000
const MAX_SAMPLES = 1e9
const MAX_NAMES = 10_000
/** A clock that is wrong by more than this must not win over every honest one until it comes true. */
export const MAX_CLOCK_LEAD_MS = 3600 * 1000
/** Longer than any legal row; longer text is not even looked at. */
export const MAX_ROW_OCTETS = 256

export const isClusterId = (text: string): boolean => CLUSTER.test(text)

export const passiveField = (cluster: string): string => cluster + PASSIVE
export const fieldOf = ({ cluster, source }: Pick<Measurement, 'cluster' | 'source'>): string =>
  source === 'passive' ? passiveField(cluster) : cluster

/** True when the row may be kept at `now`: every figure legal, neither past its lifetime nor from the future. */
export function isKeepable(row: Measurement, now: Millis): boolean {
  return (
    row.rttMs > 0 &&
    row.rttMs <= MAX_RTT_MS &&
    row.rttVarMs >= 0 &&
    row.rttVarMs <= MAX_RTT_MS &&
    row.loss >= 0 &&
    row.loss <= 1 &&
    row.samples >= 1 &&
    row.samples <= MAX_SAMPLES &&
    Number.isSafeInteger(row.measuredAt) &&
    row.measuredAt > 0 &&
    row.measuredAt <= now + MAX_CLOCK_LEAD_MS &&
    now - row.measuredAt <= MEASUREMENT_LIFETIME_MS &&
    SOURCES.has(row.source) &&
    row.prefix.length <= LEAF_LENGTH[row.prefix.family] &&
    CLUSTER.test(row.cluster)
  )
}

export function packFigures(row: Measurement): string {
  const rtt = Math.max(0.001, round(row.rttMs, 1e3))
  return `${row.measuredAt} ${rtt} ${round(row.rttVarMs, 1e3)} ${round(row.loss, 1e6)} ${Math.round(row.samples)} ${row.source}`
}

export function packRow(row: Measurement): string {
  return `${formatPrefix(row.prefix)} ${row.cluster} ${packFigures(row)}`
}

/** null when the text is no figures or the row may not be kept at `now` (see {@link isKeepable}). */
export function unpackFigures(prefix: Prefix, cluster: string, text: string, now: Millis): Measurement | null {
  if (text.length > MAX_ROW_OCTETS) return null
  const parts = text.split(' ')
  if (parts.length !== 6) return null
  const row: Measurement = {
    prefix,
    cluster,
    measuredAt: millis(Number(parts[0])),
    rttMs: Number(parts[1]),
    rttVarMs: Number(parts[2]),
    loss: Number(parts[3]),
    samples: Number(parts[4]),
    source: parts[5] as Measurement['source'],
  }
  return isKeepable(row, now) ? row : null
}

/**
 * The row of a field; null when name or value is none, or it may not be kept at `now`. Figures that edges saw may stand in the field of the others, too:
 * there was only that once.
 */
export function unpackField(
  prefix: Prefix,
  field: string,
  text: string,
  { reader, now }: { readonly reader: RowReader; readonly now: Millis },
): Measurement | null {
  const isPassive = field.endsWith(PASSIVE)
  const cluster = isPassive ? field.slice(0, -PASSIVE.length) : field
  if (!CLUSTER.test(cluster)) return null
  const row = unpackFigures(prefix, reader.cluster(cluster), text, now)
  return isPassive && row?.source !== 'passive' ? null : row
}

/**
 * Reads rows one after the other. Remembers the last prefix, since the rows of one prefix lie together, and the names of clusters: a part of
 * a text keeps the whole text alive, and the rows are kept for a day.
 */
export class RowReader {
  #text = ''
  #prefix: Prefix | null = null
  readonly #clusters = new Map<string, string>()

  /** null when the line is no row or the row may not be kept at `now`. */
  read(line: string, now: Millis): Measurement | null {
    if (line.length > MAX_ROW_OCTETS) return null
    const first = line.indexOf(' ')
    const second = line.indexOf(' ', first + 1)
    if (second < 0) return null
    const prefix = this.prefix(line.slice(0, first))
    if (prefix === null) return null
    return unpackFigures(prefix, this.cluster(line.slice(first + 1, second)), line.slice(second + 1), now)
  }

  prefix(text: string): Prefix | null {
    if (text !== this.#text) {
      this.#text = text
      this.#prefix = text.includes('/') ? parsePrefix(text) : null
    }
    return this.#prefix
  }

  cluster(text: string): string {
    const known = this.#clusters.get(text)
    if (known !== undefined) return known
    if (this.#clusters.size < MAX_NAMES) this.#clusters.set(text, text)
    return text
  }
}

const round = (value: number, scale: number): number => Math.round(value * scale) / scale
