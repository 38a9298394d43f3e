import { z } from 'zod'
import { overridesSchema } from './schema/overrides.ts'
import { configSchema } from './schema/schema.ts'

/** The two documents made from the option table: the JSON Schema for editors and the page for people. A test holds the files equal. */

interface Node {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly legal?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly additionalProperties?: Node | false
}

/** `kingcdn.schema.json`: what editors check `kingcdn.yaml` against while it is written. */
export function jsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' })
  return `${JSON.stringify({ $schema, title: 'kingcdn.yaml', ...(forEditors(rest) as object) }, null, 2)}\n`
}

/** `legal` is a keyword of ours: its words go to the end of the sentence that editors show. */
function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, key === 'default' ? value : forEditors(value)])
  const { legal, description, ...rest } = Object.fromEntries(entries) as Record<string, unknown>
  // A property that happens to be called `legal` is a schema, not a string.
  if (typeof legal !== 'string') return Object.fromEntries(entries)
  return { ...(description === undefined ? {} : { description: `${description} Legal: ${legal}.` }), ...rest }
}

const HEAD = `# Options

Every key of \`kingcdn.yaml\`. This page is generated from the option table in \`src/config/schema/\` (\`kingcdn docs\`); the same table
checks the file and makes \`kingcdn.schema.json\`, which editors use:
put \`# yaml-language-server: $schema=./kingcdn.schema.json\` on the first line.

Relative paths are relative to the file. Unknown keys are errors. \`kingcdn check\` reports everything that is wrong at once.
A default of "required" means that the key must be written; "none" that it may be left out and then says nothing.
`

const OVERRIDES_HEAD = `## The overrides file (\`geo.overrides\`)

A mapping of prefix to what the operator knows better than the databases. The longest match wins.

\`\`\`yaml
10.20.0.0/16:  { place: { lat: 52.37, lon: 4.90, country: NL } }    # lab in Amsterdam
203.0.113.0/24: { asn: 4766 }
2001:db8:77::/48: { clusters: [fra-de, lhr-uk] }                    # coverage zone: fixed order
\`\`\`
`

/** `docs/options.md`. */
export function optionsPage(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input' }) as Node
  const overrides = z.toJSONSchema(overridesSchema, { io: 'input' }) as Node
  const groups = sections(root, '')
  return [
    HEAD,
    ...groups.map(([title, rows]) => `## ${title}\n\n${tableOf(rows)}`),
    OVERRIDES_HEAD,
    tableOf(rowsOf(overrides.additionalProperties as Node, '<prefix>', true)),
  ].join('\n')
}

interface Row {
  readonly key: string
  readonly legal: string
  readonly fallback: string
  readonly about: string
}

/** The top level first, then one section per group or list of groups, in the order of the table. */
function sections(root: Node, prefix: string): [title: string, rows: Row[]][] {
  const nested = Object.entries(root.properties ?? {}).filter(([, node]) => shapeOf(node) !== null)
  const flat = rowsOf(root, prefix, false)
  return [
    ['Top level', flat],
    ...nested.map(([key, node]): [string, Row[]] => [
      headline(key, node),
      rowsOf(shapeOf(node)!, keyOf(key, node), true),
    ]),
  ]
}

const headline = (key: string, node: Node): string => `\`${keyOf(key, node)}\``
const keyOf = (key: string, node: Node): string => (node.items === undefined ? key : `${key}[]`)

/** The mapping inside a group or a list of mappings; null for anything else. */
function shapeOf(node: Node): Node | null {
  if (node.properties !== undefined) return node
  return node.items?.properties === undefined ? null : node.items
}

function rowsOf(node: Node, prefix: string, deep: boolean): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const shape = shapeOf(child)
    const row = {
      key: child.items === undefined || shape === null ? key : `${key}[]`,
      legal: legalOf(child),
      fallback: node.required?.includes(name) ? 'required' : fallbackOf(child),
      about: child.description ?? '',
    }
    return shape !== null && deep ? [row, ...rowsOf(shape, row.key, true)] : [row]
  })
}

function legalOf(node: Node): string {
  if (node.legal !== undefined) return node.legal
  return node.properties === undefined ? '' : 'a mapping'
}

function fallbackOf(node: Node): string {
  const value = node.default
  if (value === undefined) return 'none'
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  if (empty) return node.properties === undefined ? 'empty' : 'see below'
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function tableOf(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const lines = rows.map(
    ({ key, legal, fallback, about }) => `| \`${key}\` | ${cell(legal)} | ${cell(fallback)} | ${cell(about)} |`,
  )
  return ['| key | legal values | default | what it does |', '|---|---|---|---|', ...lines, ''].join('\n')
}
