import type { Status } from '../model/status.ts'

export type Labels = Readonly<Record<string, string>>

/**
 * One value of one metric. `source` tells cumulative readings of the same series apart (one per worker): the series is their sum.
 * It is no label.
 */
export interface Sample {
  readonly labels: Labels
  readonly value: number
  readonly source?: string
}

/** What fell into each bucket (one more than there are bounds: what is above the last), and the sum of all that was observed. Cumulative in time. */
export interface HistogramSample {
  readonly labels: Labels
  readonly buckets: readonly number[]
  readonly sum: number
  readonly source?: string
}

/** One metric, declared once: exposition, documentation and the tests read this. */
export type Definition<S = Status> = ValueDefinition<S> | HistogramDefinition<S>

interface HistogramDefinition<S> extends Declaration {
  readonly kind: 'histogram'
  /** Upper ends of the buckets, ascending, in the unit of the name. */
  readonly bounds: readonly number[]
  readonly read: (status: S) => Iterable<HistogramSample>
}

export interface ValueDefinition<S = Status> extends Declaration {
  readonly kind: 'counter' | 'gauge'
  /** Everything that the metric shows of this status. Values that are not known are left out, never shown as 0. */
  readonly read: (status: S) => Iterable<Sample>
}

interface Declaration {
  /** Prefixed `kingcdn_`; ends in the unit (`_seconds`, `_bytes`, `_ratio`) where it has one and in `_total` when it is a counter. */
  readonly name: string
  readonly labels: readonly string[]
  /** One sentence, the same in the exposition and in docs/metrics.md. */
  readonly help: string
}

/** Reads a metric that has one value per series. */
export type Read<S = Status> = ValueDefinition<S>['read']

export const gauge = <S = Status>(
  name: string,
  labels: readonly string[],
  help: string,
  read: Read<S>,
): ValueDefinition<S> => ({
  name: `kingcdn_${name}`,
  kind: 'gauge',
  labels,
  help,
  read,
})

export const counter = <S = Status>(
  name: string,
  labels: readonly string[],
  help: string,
  read: Read<S>,
): ValueDefinition<S> => ({ name: `kingcdn_${name}`, kind: 'counter', labels, help, read })

export const histogram = <S = Status>(
  name: string,
  labels: readonly string[],
  bounds: readonly number[],
  help: string,
  read: HistogramDefinition<S>['read'],
): HistogramDefinition<S> => ({ name: `kingcdn_${name}`, kind: 'histogram', labels, bounds, help, read })

/** A metric without labels; null = not known now. */
export const one = (value: number | boolean | null): readonly Sample[] =>
  value === null ? [] : [{ labels: {}, value: Number(value) }]

/** One series per state of which exactly one is 1. */
export const states = (label: string, all: readonly string[], now: string, more: Labels = {}): Sample[] =>
  all.map(state => ({ labels: { ...more, [label]: state }, value: Number(state === now) }))
