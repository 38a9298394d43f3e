/** Helpers that make panels in the JSON of Grafana 11 (dashboard schema 39). Everything a panel needs is an argument; nothing is left to Grafana's defaults. */

/** What it means; what is normal; what to do when it is not. Shown behind the (i) of the panel. */
export type About = readonly [means: string, normal: string, act: string]
/** Expression and legend. `{{label}}` in a legend stands for the value of a label. */
export type Query = readonly [expr: string, legend: string]
/** From this value on the colour holds; below the first one it is green. */
export type Limit = readonly [from: number, colour: 'green' | 'yellow' | 'orange' | 'red' | 'blue']
export type Unit =
  | 'short'
  | 'none'
  | 's'
  | 'percentunit'
  | 'reqps'
  | 'ops'
  | 'Bps'
  | 'bytes'
  | 'pps'
  | 'dateTimeFromNow'

/** Where the panel leads: the uid of a dashboard of ours. */
export type Leads = 'kingcdn-overview' | 'kingcdn-routing' | 'kingcdn-clusters' | 'kingcdn-measurement' | 'kingcdn-dns'

export interface Options {
  /** Columns of 24. Default: an equal share of the line. */
  readonly w?: number
  readonly limits?: readonly Limit[]
  /** Colour below the first limit. Default: green. */
  readonly base?: string
  readonly min?: number
  readonly max?: number
  readonly leads?: Leads
  readonly stack?: boolean
  readonly decimals?: number
  /** Words for values, with their colours; the table of a state. */
  readonly words?: readonly (readonly [value: number, text: string, colour: string])[]
  /** Series whose name matches are drawn dashed: what is wanted, beside what is. */
  readonly dashed?: string
}

export interface Panel {
  readonly type: string
  readonly title: string
  readonly w: number | undefined
  readonly [key: string]: unknown
}

/** The source is a variable: one Grafana may watch several fleets. */
export const SOURCE = { type: 'prometheus', uid: `\${datasource}` }

const limits = (given: readonly Limit[] = [], base = 'green') => ({
  mode: 'absolute',
  steps: [{ color: base, value: null }, ...given.map(([value, color]) => ({ color, value }))],
})

const description = ([means, normal, act]: About): string => `${means}\n\n**Normal:** ${normal}\n\n**If not:** ${act}`

const mappings = (words: Options['words'] = []) =>
  words.length === 0
    ? []
    : [
        {
          type: 'value',
          options: Object.fromEntries(words.map(([value, text, color], index) => [value, { text, color, index }])),
        },
      ]

export const targets = (queries: readonly Query[], kind: 'range' | 'instant' | 'table' | 'heatmap' = 'range') =>
  queries.map(([expr, legendFormat], i) => ({
    refId: String.fromCharCode(65 + i),
    datasource: SOURCE,
    expr,
    legendFormat,
    format: kind === 'table' ? 'table' : kind === 'heatmap' ? 'heatmap' : 'time_series',
    range: kind === 'range' || kind === 'heatmap',
    instant: kind === 'instant' || kind === 'table',
  }))

export function panel(type: string, title: string, unit: Unit, about: About, given: Options): Panel {
  const { w, min, max, decimals, leads } = given
  return {
    w,
    type,
    title,
    description: description(about),
    datasource: SOURCE,
    ...(leads !== undefined && {
      // Time and variables go along.
      links: [{ title: 'More', url: `/d/${leads}?\${__url_time_range}&\${__all_variables}`, targetBlank: false }],
    }),
    fieldConfig: {
      defaults: {
        unit,
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        ...(decimals !== undefined && { decimals }),
        mappings: mappings(given.words),
        thresholds: limits(given.limits, given.base),
        color: { mode: 'thresholds' },
      },
      overrides: [],
    },
  }
}

/** One number now, coloured by its limits; with `graph` its course behind it. */
export function stat(
  title: string,
  unit: Unit,
  expr: string,
  about: About,
  given: Options & { graph?: boolean } = {},
): Panel {
  const { graph = false } = given
  return {
    ...panel('stat', title, unit, about, given),
    targets: targets([[expr, '']], graph ? 'range' : 'instant'),
    options: {
      colorMode: given.limits || given.words ? 'background' : 'value',
      graphMode: graph ? 'area' : 'none',
      textMode: 'auto',
      wideLayout: true,
      orientation: 'auto',
      justifyMode: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  }
}

/** Lines over time. Limits are drawn as dashed lines. */
export function series(title: string, unit: Unit, queries: readonly Query[], about: About, given: Options = {}): Panel {
  const made = panel('timeseries', title, unit, about, { min: 0, ...given })
  const { defaults } = made.fieldConfig as { defaults: Record<string, unknown> }
  const custom = {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: given.stack ? 40 : 8,
    gradientMode: 'none',
    showPoints: 'never',
    spanNulls: false,
    axisPlacement: 'auto',
    axisLabel: '',
    scaleDistribution: { type: 'linear' },
    stacking: { mode: given.stack ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: given.limits ? 'dashed' : 'off' },
  }
  return {
    ...made,
    fieldConfig: {
      defaults: { ...defaults, color: { mode: 'palette-classic' }, custom },
      overrides: given.dashed === undefined ? [] : [dash(given.dashed)],
    },
    targets: targets(queries),
    options: {
      legend: {
        showLegend: true,
        displayMode: 'table',
        placement: 'right',
        calcs: ['lastNotNull', 'max'],
        sortBy: 'Last *',
        sortDesc: true,
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  }
}

const dash = (pattern: string) => ({
  matcher: { id: 'byRegexp', options: pattern },
  properties: [
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
    { id: 'custom.fillOpacity', value: 0 },
  ],
})

/** A band for each series, coloured by the word that its value stands for. */
export function timeline(title: string, queries: readonly Query[], about: About, given: Options): Panel {
  const made = panel('state-timeline', title, 'none', about, given)
  const { defaults } = made.fieldConfig as { defaults: Record<string, unknown> }
  return {
    ...made,
    fieldConfig: {
      defaults: { ...defaults, custom: { fillOpacity: 80, lineWidth: 0, spanNulls: false } },
      overrides: [],
    },
    targets: targets(queries),
    options: {
      mergeValues: true,
      showValue: 'auto',
      alignValue: 'left',
      rowHeight: 0.85,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'single', sort: 'none' },
    },
  }
}

/** How many fell into each bucket of a histogram, over time. */
export function heatmap(title: string, unit: Unit, expr: string, about: About, given: Options = {}): Panel {
  return {
    ...panel('heatmap', title, unit, about, given),
    targets: targets([[expr, '{{le}}']], 'heatmap'),
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        mode: 'scheme',
        scheme: 'Spectral',
        exponent: 0.5,
        fill: 'dark-orange',
        reverse: true,
        steps: 64,
        scale: 'exponential',
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', showColorScale: false, yHistogram: false },
      yAxis: { axisPlacement: 'left', reverse: false, unit },
    },
  }
}

/** A column of a table: one query, its heading, and how its values look. */
export interface Column {
  readonly expr: string
  readonly name: string
  readonly unit: Unit
  readonly limits?: readonly Limit[]
  readonly words?: Options['words']
  /** Where a click on the cell leads. */
  readonly url?: string
}

/** A row for each set of `keys` (labels), a column for each query. */
export function table(
  title: string,
  keys: readonly (readonly [label: string, heading: string, url?: string])[],
  columns: readonly Column[],
  about: About,
  given: Options & { sort?: string } = {},
): Panel {
  const field = (i: number) => (columns.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + i)}`)
  const order = [...keys.map(([label]) => label), ...columns.map((_, i) => field(i))]
  const made = panel('table', title, 'none', about, given)
  const { defaults } = made.fieldConfig as { defaults: Record<string, unknown> }
  const link = (url: string) => ({ id: 'links', value: [{ title: 'Open', url, targetBlank: true }] })
  return {
    ...made,
    fieldConfig: {
      defaults: { ...defaults, custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false } },
      overrides: [
        ...columns.map(({ name, unit, limits: some, words }) => ({
          matcher: { id: 'byName', options: name },
          properties: [
            { id: 'unit', value: unit },
            ...(words ? [{ id: 'mappings', value: mappings(words) }] : []),
            ...(some || words
              ? [
                  { id: 'thresholds', value: limits(some) },
                  { id: 'custom.cellOptions', value: { type: 'color-text' } },
                ]
              : []),
          ],
        })),
        ...keys.flatMap(([, heading, url]) =>
          url === undefined ? [] : [{ matcher: { id: 'byName', options: heading }, properties: [link(url)] }],
        ),
      ],
    },
    targets: targets(
      columns.map(({ expr }) => [expr, ''] as const),
      'table',
    ),
    transformations: [
      { id: 'merge', options: {} },
      // Labels that are no key (and Time) would each be a column.
      { id: 'filterFieldsByName', options: { include: { names: order } } },
      {
        id: 'organize',
        options: {
          excludeByName: {},
          indexByName: Object.fromEntries(order.map((name, i) => [name, i])),
          renameByName: Object.fromEntries([
            ...keys.map(([label, heading]) => [label, heading]),
            ...columns.map(({ name }, i) => [field(i), name]),
          ]),
        },
      },
    ],
    options: {
      showHeader: true,
      cellHeight: 'sm',
      footer: { show: false, reducer: ['sum'], countRows: false, fields: '' },
      sortBy: given.sort === undefined ? [] : [{ displayName: given.sort, desc: true }],
    },
  }
}

/** Words. */
export function text(title: string, content: string, w?: number): Panel {
  return {
    w,
    type: 'text',
    title,
    options: { mode: 'markdown', content, code: { language: 'plaintext', showLineNumbers: false, showMiniMap: false } },
  }
}
