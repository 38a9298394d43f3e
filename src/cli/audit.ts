import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { AUDIT_SHOWN, parseLimit } from '../http/audit.ts'
import { DURATION_LEGAL, parseDuration } from '../http/duration.ts'
import { AUDIT_KEPT, type AuditEntry } from '../model/audit.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import type { Colours, Io } from './io.ts'
import { type Span, withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'
import { formatMoment, formatTable, printable } from './table.ts'

const EXAMPLE = `
Examples:
  kingcdn audit
  kingcdn audit --since 24h --limit 1000 --json

Drains, restores, imports of RTTs and of demand, and reloads, the oldest first. With --json one entry a line.
`

export function addAudit(program: Program, shell: Shell): void {
  program
    .command('audit')
    .description('who changed what, and what came of it')
    .option('--since <duration>', 'not older than this', since)
    .addOption(new Option('--limit <count>', 'the newest of them').argParser(limit).default(AUDIT_SHOWN))
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => audit(options, shell.io)))
}

function since(text: string): Span {
  const ms = parseDuration(text)
  if (ms !== null) return { text, ms }
  throw new InvalidArgumentError(`Not a duration; legal: ${DURATION_LEGAL}.`)
}

function limit(text: string): number {
  const count = parseLimit(text)
  if (count !== null) return count
  throw new InvalidArgumentError(`Not a number of entries; legal: 1 to ${AUDIT_KEPT}.`)
}

interface Options {
  readonly since?: Span | undefined
  readonly limit: number
  readonly config: string
  readonly json?: true
}

async function audit({ since: age, limit: most, config, json }: Options, io: Io): Promise<number> {
  const entries = await withSharedState(await readConfig(config), io, state => state.audit(age ?? null, most))
  io.out(json ? entries.map(entry => `${JSON.stringify(entry)}\n`).join('') : formatAudit(entries, io.colours))
  return 0
}

const COLUMNS = [
  ...[{ title: 'when' }, { title: 'who' }, { title: 'from' }, { title: 'did' }, { title: 'to' }, { title: 'outcome' }],
  { title: 'what' },
]

export function formatAudit(entries: readonly AuditEntry[], colours: Colours): string {
  if (entries.length === 0) return 'nothing was changed\n'
  const rows = entries.map(({ at, by, from, action, subject, outcome, what, why }) => [
    formatMoment(at),
    ...[by === '' ? '-' : by, from, action, subject].map(printable),
    outcome === 'done' ? outcome : colours.red(outcome),
    printable([what, why].filter(text => text !== '').join('; ')),
  ])
  return formatTable(COLUMNS, rows)
}
