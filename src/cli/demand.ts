import { writeFile } from 'node:fs/promises'
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { millis } from '../base/brand.ts'
import { formatProblem } from '../base/problem.ts'
import { DURATION_LEGAL, parseDuration } from '../http/duration.ts'
import { type DemandReport, LONGEST_REPORT_MS, REPORT_MS } from '../model/demand.ts'
import { configOption, jsonOption, readConfig, requireConfig } from './config-option.ts'
import { readDemandCsv } from './demand-csv.ts'
import type { Io } from './io.ts'
import { Progress } from './progress.ts'
import { openReplay } from './replay.ts'
import { withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'
import { formatCount, plural } from './table.ts'

const IMPORT_EXAMPLE = `
Examples:
  kingcdn demand import tonight.csv --for 6h
  zcat demand.csv.gz | kingcdn demand import -

The first line names the columns; qps is DNS queries per second, bps bits per second sent to the clients:
  prefix,qps                 or:  prefix,bps
  203.0.113.0/24,12.5             203.0.0.0/16,2500000000

Prefixes are at most /24 or /56 long and do not overlap; at most 20,000 rows. The file replaces what was reported before. Inside its prefixes it
goes before what the nameservers count, until it expires. Nothing is imported while a row is bad.
`
const EXPORT_EXAMPLE = `
Examples:
  kingcdn demand export > demand.csv
  kingcdn demand export --output demand.csv

Columns prefix,qps,source: the blocks of clients that ask most, as counted by the nameservers or as reported.
`
const WITHDRAW_EXAMPLE = `
Example:
  kingcdn demand withdraw
`
/** Bad rows that are listed; the rest is counted. */
const MOST_LISTED = 50

export function addDemand(program: Program, shell: Shell): void {
  const demand = program
    .command('demand')
    .helpCommand(false)
    .description('how much which clients ask: import, export, withdraw')
    .addHelpText('after', IMPORT_EXAMPLE)
  demand
    .command('import <csv>')
    .description('report the demand of client blocks')
    .addOption(
      new Option('--for <duration>', 'how long it holds, at most 30d').argParser(lifetime).default(REPORT_MS, '1d'),
    )
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', IMPORT_EXAMPLE)
    .action((csv, options) => shell.run(() => importDemand(csv, options, shell.io)))
  demand
    .command('export')
    .description('write the demand that is known as CSV')
    .option('--output <file>', 'write there instead of to standard output')
    .addOption(configOption())
    .addHelpText('after', EXPORT_EXAMPLE)
    .action(options => shell.run(() => exportDemand(options, shell.io)))
  demand
    .command('withdraw')
    .description('end what was reported: from then on only what is counted holds')
    .addOption(configOption())
    .addHelpText('after', WITHDRAW_EXAMPLE)
    .action(options => shell.run(() => withdrawDemand(options, shell.io)))
}

function lifetime(text: string): number {
  const duration = parseDuration(text)
  if (duration !== null && duration <= LONGEST_REPORT_MS) return duration
  throw new InvalidArgumentError(`Not a duration; legal: ${DURATION_LEGAL}, and at most 30d.`)
}

interface ImportOptions {
  readonly config: string
  /** Milliseconds. */
  readonly for: number
  readonly json?: true
}

async function importDemand(file: string, options: ImportOptions, io: Io): Promise<number> {
  const loaded = await requireConfig(options.config)
  const source = await openReplay(file)
  const progress = new Progress(io, 'reading', source.size)
  const { unit, rows, faults } = await readDemandCsv(
    told(source.open(), octets => progress.at(octets, `${formatCount(octets)} octets`)),
  )
  progress.end()
  for (const { line, fault } of faults.slice(0, MOST_LISTED))
    io.err(`${formatProblem({ severity: 'error', file, line, column: 0, message: fault })}\n`)
  if (faults.length > 0) {
    io.err(`${file}: nothing was imported: ${plural(faults.length, 'bad row')}\n`)
    return 1
  }
  const at = millis(Date.now())
  const report: DemandReport = { at, until: millis(at + options.for), unit, rows }
  const label = await withSharedState(loaded, io, async state => {
    await state.reportDemand(report)
    return state.label
  })
  const until = new Date(report.until).toISOString()
  io.out(
    options.json
      ? `${JSON.stringify({ imported: rows.length, until })}\n`
      : `demand of ${`${formatCount(rows.length)} ${rows.length === 1 ? 'prefix' : 'prefixes'}`} reported to ${label}; it holds until ${until}\n`,
  )
  return 0
}

async function exportDemand(
  { config, output }: { config: string; output?: string | undefined },
  io: Io,
): Promise<number> {
  const rows = await withSharedState(await readConfig(config), io, state => state.demand())
  const text = `prefix,qps,source\n${rows.map(({ prefix, qps, source }) => `${prefix},${qps},${source}\n`).join('')}`
  if (output === undefined) {
    io.out(text)
    return 0
  }
  await writeFile(output, text)
  io.err(`${plural(rows.length, 'row')} written to ${output}\n`)
  return 0
}

async function withdrawDemand({ config }: { config: string }, io: Io): Promise<number> {
  const label = await withSharedState(await readConfig(config), io, async state => {
    await state.reportDemand(null)
    return state.label
  })
  io.out(`the report of demand is withdrawn from ${label}\n`)
  return 0
}

/** The chunks, telling after each how many octets there were so far. */
async function* told(chunks: AsyncIterable<Uint8Array>, tell: (octets: number) => void): AsyncGenerator<Uint8Array> {
  let octets = 0
  for await (const chunk of chunks) {
    yield chunk
    octets += chunk.length
    tell(octets)
  }
}
