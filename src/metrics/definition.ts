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

/** One metric, declared once: exposition, documentation and the tests read this. */
export interface Definition<S = Status> {
  /** Prefixed `kingcdn_`; ends in the unit (`_seconds`, `_bytes`, `_ratio`) where it has one and in `_total` when it is a counter. */
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly labels: readonly string[]
  /** One sentence, the same in the exposition and in docs/metrics.md. */
  readonly help: string
  /** Everything that the metric shows of this status. Values that are not known are left out, never shown as 0. */
  readonly read: (status: S) => Iterable<Sample>
}

export const gauge = <S = Status>(
  name: string,
  labels: readonly string[],
  help: string,
  read: Definition<S>['read'],
): Definition<S> => ({
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
  read: Definition<S>['read'],
): Definition<S> => ({ name: `kingcdn_${name}`, kind: 'counter', labels, help, read })

/** A metric without labels; null = not known now. */
export const one = (value: number | boolean | null): readonly Sample[] =>
  value === null ? [] : [{ labels: {}, value: Number(value) }]

/** One series per state of which exactly one is 1. */
export const states = (label: string, all: readonly string[], now: string, more: Labels = {}): Sample[] =>
  all.map(state => ({ labels: { ...more, [label]: state }, value: Number(state === now) }))
