import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidArgumentError } from '@commander-js/extra-typings'
import { formatProblem, type Problem, ProblemError } from '../base/problem.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import type { ParsedZone } from '../zone/parsed-zone.ts'
import { isError, jsonOption } from './config-option.ts'
import type { Io } from './io.ts'
import type { Program, Shell } from './shell.ts'
import { formatCount } from './table.ts'

const CHECK_EXAMPLE = `
Examples:
  kingcdn zone check zones/netcinema.com.zone
  kingcdn zone check db.example --origin example.com
`
const PRINT_EXAMPLE = `
Example:
  kingcdn zone print zones/netcinema.com.zone
`

export function addZone(program: Program, shell: Shell): void {
  const zone = program
    .command('zone')
    .helpCommand(false)
    .description('one zone file: check it or print it')
    .addHelpText('after', CHECK_EXAMPLE)
  zone
    .command('check <file>')
    .description('report all problems of a zone file')
    .option('--origin <name>', 'name of the zone, where the file does not say it', origin)
    .addOption(jsonOption())
    .addHelpText('after', CHECK_EXAMPLE)
    .action((file, options) => shell.run(() => check(file, options, shell.io)))
  zone
    .command('print <file>')
    .description('print a zone in normal form: one record per line, nothing abbreviated')
    .option('--origin <name>', 'name of the zone, where the file does not say it', origin)
    .addHelpText('after', PRINT_EXAMPLE)
    .action((file, options) => shell.run(() => print(file, options, shell.io)))
}

interface Options {
  readonly origin?: Name | undefined
  readonly json?: true
}

function origin(text: string): Name {
  const name = parseName(text)
  if (name === null)
    throw new InvalidArgumentError('Not a domain name; legal: example.com, with or without the final dot.')
  return name
}

async function check(file: string, options: Options, io: Io): Promise<number> {
  const { zone, problems } = await readZone(file, options)
  if (options.json)
    io.out(`${JSON.stringify({ ok: zone !== null, origin: zone && formatName(zone.origin), problems })}\n`)
  else {
    for (const problem of problems) io.out(`${formatProblem(problem)}\n`)
    const errors = problems.filter(isError).length
    if (zone === null) io.out(`${file}: ${errors} ${errors === 1 ? 'error' : 'errors'}\n`)
    else
      io.out(
        `${file}: zone ${formatName(zone.origin)}, serial ${zone.serial}, ${formatCount(zone.records)} records: ok\n`,
      )
  }
  return zone === null ? 1 : 0
}

async function print(file: string, options: Options, io: Io): Promise<number> {
  const { printZone } = await import('../zone/print.ts')
  const { zone, problems } = await readZone(file, options)
  if (zone === null) throw new ProblemError(problems)
  io.out(printZone(zone))
  return 0
}

async function readZone(
  file: string,
  options: Options,
): Promise<{ zone: ParsedZone | null; problems: readonly Problem[] }> {
  const { parseZoneText } = await import('../zone/master-file.ts')
  const text = readOctets(file)
  if (text === null) {
    const message = 'cannot be read; check the path and its permissions'
    return { zone: null, problems: [{ severity: 'error', file, line: 0, column: 0, message }] }
  }
  return parseZoneText(text, {
    file,
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    readInclude: (path, from) => readOctets(resolve(dirname(from), path)),
  })
}

/** Zone files are octets (RFC 1035 section 5.1): latin1 keeps each one. */
function readOctets(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}
