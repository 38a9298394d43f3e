import { NODE } from './dashboard.ts'
import { type About, type Options, type Panel, type Query, series } from './panel.ts'

/** Window of a rate: four scrapes, or what a pixel stands for. */
export const RATE = '[$__rate_interval]'

/** Growth per second of a counter over the nameservers chosen: of all, or by labels. */
export const rate = (metric: string, by = '', more = ''): string =>
  `sum${by && ` by (${by})`} (rate(${metric}{${NODE}${more && `,${more}`}}${RATE}))`

/** Rates of several counters, each with its own name. */
export const rates = (title: string, counters: readonly Query[], about: About, given: Options = {}): Panel =>
  series(
    title,
    'ops',
    counters.map(([metric, name]) => [rate(metric), name] as const),
    about,
    given,
  )
