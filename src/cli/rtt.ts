import { type FileHandle, open } from 'node:fs/promises'
import { millis } from '../base/brand.ts'
import { configOption, jsonOption, readConfig } from './config-option.ts'
import type { Io } from './io.ts'
import { formatRttRow, RTT_COLUMNS } from './rtt-csv.ts'
import { importRtt } from './rtt-import.ts'
import { joinRows } from './rtt-join.ts'
import { withSharedState } from './shared-state.ts'
import type { Program, Shell } from './shell.ts'
import { plural } from './table.ts'

const IMPORT_EXAMPLE = `
Examples:
  kingcdn rtt import measured.csv
  zcat measured.csv.gz | kingcdn rtt import -

The first line names the columns, in any order:
  prefix,cluster,rtt_ms,loss,measured_at
  203.0.113.0/24,icn-kt,3.1,0,2025-06-02T12:00:00Z

prefix is at most /24 or /56 long, loss a share from 0 to 1, measured_at ISO 8601 with a zone, Unix seconds or milliseconds, or now, at most
24 h old. Nothing is imported while a row is bad, unless --skip-bad.
`
const EXPORT_EXAMPLE = `
Examples:
  kingcdn rtt export > measured.csv
  kingcdn rtt export --output measured.csv
`

export function addRtt(program: Program, shell: Shell): void {
  const rtt = program
    .command('rtt')
    .helpCommand(false)
    .description('the RTT table: import and export')
    .addHelpText('after', IMPORT_EXAMPLE)
  rtt
    .command('import <csv>')
    .description('add measured rows to the RTT table')
    .option('--skip-bad', 'leave bad rows out instead of importing nothing', false)
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', IMPORT_EXAMPLE)
    .action((csv, options) => shell.run(() => importRtt(csv, options, shell.io)))
  rtt
    .command('export')
    .description('write the RTT table as CSV')
    .option('--output <file>', 'write there instead of to standard output')
    .addOption(configOption())
    .addHelpText('after', EXPORT_EXAMPLE)
    .action(options => shell.run(() => exportRtt(options, shell.io)))
}

interface ExportOptions {
  readonly config: string
  readonly output?: string | undefined
}

/** Written as it is read: millions of rows are never held. */
async function exportRtt({ config, output }: ExportOptions, io: Io): Promise<number> {
  const loaded = await readConfig(config)
  let file: FileHandle | null = null
  const write = async (text: string): Promise<unknown> => (file === null ? io.out(text) : file.write(text))
  let begun = false
  const begin = async (): Promise<void> => {
    if (begun) return
    begun = true
    if (output !== undefined) file = await open(output, 'w')
    await write(`${RTT_COLUMNS.join(',')}\n`)
  }
  let count = 0
  try {
    await withSharedState(loaded, io, state =>
      state.measurements(async measured => {
        await begin()
        const rows = joinRows(measured, millis(Date.now()))
        for (let i = 0; i < rows.length; i += ROWS_PER_WRITE) {
          const lines = rows.slice(i, i + ROWS_PER_WRITE).map(formatRttRow)
          await write(lines.join(''))
          count += lines.length
        }
      }),
    )
    await begin()
  } catch (error) {
    if (count > 0) io.err(`only the first ${plural(count, 'row')} were written:\n`)
    throw error
  } finally {
    await (file as FileHandle | null)?.close()
  }
  if (output !== undefined) io.err(`${plural(count, 'row')} written to ${output}\n`)
  return 0
}

const ROWS_PER_WRITE = 1000
