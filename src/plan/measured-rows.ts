import { type Millis, millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'
import type { Prefix } from '../base/prefix.ts'
import type { Measurement, MeasurementSource } from '../model/measurement.ts'
import { sortedOrder } from './radix.ts'

/** What edges saw is the last: see {@link slotOf}. */
const SOURCES = ['import', 'probe', 'passive'] as const
const PASSIVE = SOURCES.indexOf('passive')

/** Measurements, a column per property; `n` rows. What takes an object for each costs some 60 octets here, and nothing of the garbage collector. */
interface Columns {
  readonly family: Uint8Array
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  readonly length: Uint8Array
  /** Numbers of {@link ClusterNumbers}. */
  readonly cluster: Uint32Array
  readonly rttMs: Float64Array
  readonly rttVarMs: Float64Array
  readonly loss: Float64Array
  readonly samples: Float64Array
  /** Unix ms. */
  readonly measuredAt: Float64Array
  /** Index into SOURCES. */
  readonly source: Uint8Array
}

/** What is measured, of one row. */
export interface Figures {
  rttMs: number
  rttVarMs: number
  loss: number
  samples: number
  measuredAt: Millis
  source: MeasurementSource
}

export const newFigures = (): Figures => ({
  ...{ rttMs: 0, rttVarMs: 0, loss: 0, samples: 0, measuredAt: millis(0), source: 'import' },
})

/** Fills `out`: millions of rows are read without an object for each. */
export function readFigures({ columns }: MeasuredRows, i: number, out: Figures): void {
  out.rttMs = columns.rttMs[i]!
  out.rttVarMs = columns.rttVarMs[i]!
  out.loss = columns.loss[i]!
  out.samples = columns.samples[i]!
  out.measuredAt = millis(columns.measuredAt[i]!)
  out.source = SOURCES[columns.source[i]!]!
}

/** Cluster ids, numbered in order of first appearance. Numbers are only added: rows that were made before keep theirs. */
class ClusterNumbers {
  readonly ids: string[] = []
  readonly #numbers = new Map<string, number>()

  of(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    this.#numbers.set(id, this.ids.length)
    return this.ids.push(id) - 1
  }
}

/**
 * The newest measurement of every (prefix, cluster), and behind it the newest that edges saw of the same; sorted by prefix, an outer prefix before the
 * inner. Immutable: news give new rows, by one merge with the few that have come.
 */
export class MeasuredRows {
  readonly length: number
  readonly columns: Columns
  readonly #numbers: ClusterNumbers

  private constructor(columns: Columns, numbers: ClusterNumbers) {
    this.columns = columns
    this.length = columns.hi.length
    this.#numbers = numbers
  }

  /** The newest of every pair and slot; of two that are as new, the later in the list. */
  static of(rows: readonly Measurement[]): MeasuredRows {
    const numbers = new ClusterNumbers()
    return newestOf(columnsOf(rows, numbers), numbers)
  }

  static make(columns: Columns, numbers: ClusterNumbers): MeasuredRows {
    return new MeasuredRows(columns, numbers)
  }

  /** By cluster number; there may be some of which no row is left. */
  get clusterIds(): readonly string[] {
    return this.#numbers.ids
  }

  /** Rows that {@link merge} can take, numbered as these are. The columns of the parcel are used up. */
  batch({ columns, clusters }: RowParcel): MeasuredRows {
    const numbers = Uint32Array.from(clusters, id => this.#numbers.of(id))
    columns.cluster.forEach((number, i) => {
      columns.cluster[i] = numbers[number]!
    })
    return newestOf(columns, this.#numbers)
  }

  /** With those of a {@link batch}, which replace what is not newer. */
  merge(batch: MeasuredRows): MeasuredRows {
    const [a, b] = [this.columns, batch.columns]
    if (batch.length === 0) return this
    const picks = new Uint32Array(this.length + batch.length)
    let count = 0
    for (let i = 0, j = 0; i < this.length || j < batch.length; ) {
      const order = i === this.length ? 1 : j === batch.length ? -1 : comparePairs(a, i, b, j)
      const takesBatch = order > 0 || (order === 0 && a.measuredAt[i]! <= b.measuredAt[j]!)
      picks[count++] = takesBatch ? this.length + j : i
      if (order <= 0) i++
      if (order >= 0) j++
    }
    return new MeasuredRows(pick(a, b, picks.subarray(0, count)), this.#numbers)
  }

  /** Without those measured before `oldest`; itself where there are none. */
  since(oldest: Millis): MeasuredRows {
    const { measuredAt } = this.columns
    if (!measuredAt.some(at => at < oldest)) return this
    const kept = new Uint32Array(this.length)
    let count = 0
    for (let i = 0; i < this.length; i++) if (!(measuredAt[i]! < oldest)) kept[count++] = i
    return new MeasuredRows(pick(this.columns, this.columns, kept.subarray(0, count)), this.#numbers)
  }

  prefix(i: number): Prefix {
    const { family, hi, lo, length } = this.columns
    return { family: family[i] as Family, hi: hi[i]!, lo: lo[i]!, length: length[i]! }
  }

  /** Whether row `i` is what edges saw of the path that the row before it is of. */
  isSecond(i: number): boolean {
    const { cluster } = this.columns
    return i > 0 && cluster[i] === cluster[i - 1] && this.samePrefix(i, i - 1)
  }

  samePrefix(i: number, j: number): boolean {
    return comparePrefixes(this.columns, i, this.columns, j) === 0
  }

  row(i: number): Measurement {
    const { cluster, rttMs, rttVarMs, loss, samples, measuredAt, source } = this.columns
    return {
      prefix: this.prefix(i),
      cluster: this.clusterIds[cluster[i]!]!,
      rttMs: rttMs[i]!,
      rttVarMs: rttVarMs[i]!,
      loss: loss[i]!,
      samples: samples[i]!,
      measuredAt: millis(measuredAt[i]!),
      source: SOURCES[source[i]!]!,
    }
  }
}

/** Measurements on their way to another thread: some 60 octets each, where copying an object for each costs ten times the time. */
export interface RowParcel {
  readonly columns: Columns
  /** Ids of the clusters, by number. */
  readonly clusters: readonly string[]
}

export function packRows(rows: readonly Measurement[]): RowParcel {
  const numbers = new ClusterNumbers()
  return { columns: columnsOf(rows, numbers), clusters: numbers.ids }
}

function newestOf(columns: Columns, numbers: ClusterNumbers): MeasuredRows {
  const { family, hi, lo, length, cluster, measuredAt } = columns
  // Stable, so that what came later stays later.
  const order = sortedOrder([columns.source.map(slotOf), cluster, length, lo, hi, family], hi.length)
  let count = 0
  for (const i of order) {
    const last = order[count - 1]
    if (count === 0 || comparePairs(columns, last!, columns, i) !== 0) order[count++] = i
    else if (measuredAt[last!]! <= measuredAt[i]!) order[count - 1] = i
  }
  return MeasuredRows.make(pick(columns, columns, order.subarray(0, count)), numbers)
}

function emptyColumns(count: number): Columns {
  const doubles = () => new Float64Array(count)
  return {
    ...{ family: new Uint8Array(count), hi: new Uint32Array(count), lo: new Uint32Array(count) },
    ...{ length: new Uint8Array(count), cluster: new Uint32Array(count), rttMs: doubles(), rttVarMs: doubles() },
    ...{ loss: doubles(), samples: doubles(), measuredAt: doubles(), source: new Uint8Array(count) },
  }
}

function columnsOf(rows: readonly Measurement[], numbers: ClusterNumbers): Columns {
  const out = emptyColumns(rows.length)
  rows.forEach((row, i) => {
    const { prefix } = row
    out.family[i] = prefix.family
    out.hi[i] = prefix.hi
    out.lo[i] = prefix.lo
    out.length[i] = prefix.length
    out.cluster[i] = numbers.of(row.cluster)
    out.rttMs[i] = row.rttMs
    out.rttVarMs[i] = row.rttVarMs
    out.loss[i] = row.loss
    out.samples[i] = row.samples
    out.measuredAt[i] = row.measuredAt
    out.source[i] = SOURCES.indexOf(row.source)
  })
  return out
}

/** Rows of `a`, and of `b` with the length of `a` added, as `picks` names them. */
function pick(a: Columns, b: Columns, picks: Uint32Array): Columns {
  const out = emptyColumns(picks.length)
  for (const name of Object.keys(out) as (keyof Columns)[]) pickColumn(a[name], b[name], picks, out[name])
  return out
}

type Column = Uint8Array | Uint32Array | Float64Array

function pickColumn(a: Column, b: Column, picks: Uint32Array, out: Column): void {
  for (let k = 0; k < picks.length; k++) {
    const i = picks[k]!
    out[k] = i < a.length ? a[i]! : b[i - a.length]!
  }
}

function comparePrefixes(a: Columns, i: number, b: Columns, j: number): number {
  return a.family[i]! - b.family[j]! || a.hi[i]! - b.hi[j]! || a.lo[i]! - b.lo[j]! || a.length[i]! - b.length[j]!
}

function comparePairs(a: Columns, i: number, b: Columns, j: number): number {
  return comparePrefixes(a, i, b, j) || a.cluster[i]! - b.cluster[j]! || slotOf(a.source[i]!) - slotOf(b.source[j]!)
}

/** Rows of one path whose slots differ stand beside each other; of one slot the newest counts. */
const slotOf = (source: number): number => (source === PASSIVE ? 1 : 0)
