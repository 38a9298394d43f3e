import { type Panel, SOURCE } from './panel.ts'

/** A heading and the lines under it; panels of a line stand side by side and are `height` high. */
export interface Section {
  readonly title: string
  readonly lines: readonly (readonly [height: number, ...panels: Panel[]])[]
}

type Variable = 'node' | 'cluster' | 'service' | 'prober'

export interface Wish {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly sections: readonly Section[]
}

/** Where docs/runbook.md can be read; the same address as in `runbook_url` of prometheus/rules.yml. */
export const RUNBOOK = 'https://kingcdn.example/docs/runbook.md'

/** Matchers of the variables, for use in expressions. */
export const NODE = 'node=~"$node"'
export const CLUSTER = 'cluster=~"$cluster"'
export const SERVICE = 'service=~"$service"'
export const PROBER = 'prober=~"$prober"'

const VARIABLES: Readonly<Record<Variable, readonly [label: string, definition: string]>> = {
  node: ['Nameserver', 'label_values(kingcdn_build_info, node)'],
  cluster: ['Cluster', `label_values(kingcdn_cluster_info{${NODE}}, cluster)`],
  service: ['Service', `label_values(kingcdn_routed_answers_total{${NODE}}, service)`],
  prober: ['Prober', `label_values(kingcdn_probe_phase{${CLUSTER}}, prober)`],
}

/** The whole dashboard, as Grafana 11 would export it. */
export function dashboard({ uid, title, description, variables, sections }: Wish) {
  return {
    uid,
    title,
    description,
    tags: ['kingcdn'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timepicker: {},
    timezone: 'browser',
    weekStart: '',
    links: [
      {
        ...LINK,
        type: 'dashboards',
        title: 'KingCDN',
        tags: ['kingcdn'],
        icon: 'external link',
        includeVars: true,
        keepTime: true,
      },
      { ...LINK, type: 'link', title: 'Runbook', url: RUNBOOK, icon: 'doc', targetBlank: true },
    ],
    annotations: { list: ANNOTATIONS },
    templating: { list: [DATASOURCE, ...variables.map(queryVariable)] },
    panels: place(sections),
  }
}

const LINK = {
  asDropdown: false,
  includeVars: false,
  keepTime: false,
  tags: [] as string[],
  targetBlank: false,
  tooltip: '',
  url: '',
}

const ANNOTATIONS = [
  annotation(
    'Maps',
    'blue',
    `changes(kingcdn_snapshot_generation{${NODE}}[$__interval]) > 0`,
    'new map on {{node}}',
    false,
  ),
  annotation(
    'Alerts',
    'red',
    'ALERTS{alertname=~"Kingcdn.+",alertstate="firing",severity="page"}',
    '{{alertname}}',
    true,
  ),
]

function annotation(name: string, iconColor: string, expr: string, titleFormat: string, enable: boolean) {
  return { name, datasource: SOURCE, enable, hide: false, iconColor, expr, titleFormat, step: '60s' }
}

const DATASOURCE = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  regex: '',
  includeAll: false,
  multi: false,
  current: {},
  refresh: 1,
  hide: 0,
  options: [],
}

function queryVariable(name: Variable) {
  const [label, definition] = VARIABLES[name]
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    query: { query: definition, refId: name },
    definition,
    regex: '',
    includeAll: true,
    allValue: '.*',
    multi: true,
    current: { selected: true, text: ['All'], value: ['$__all'] },
    refresh: 2,
    sort: 1,
    hide: 0,
    options: [],
  }
}

/** Gives every panel its id and its place: 24 columns, headings across all of them. */
function place(sections: readonly Section[]) {
  const placed: Record<string, unknown>[] = []
  let y = 0
  for (const { title, lines } of sections) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y: y++ },
      panels: [],
    })
    for (const [h, ...panels] of lines) {
      let x = 0
      for (const [i, { w = Math.round((24 - x) / (panels.length - i)), ...rest }] of panels.entries()) {
        placed.push({ id: placed.length + 1, ...rest, gridPos: { h, w, x, y } })
        x += w
      }
      y += h
    }
  }
  return placed
}
