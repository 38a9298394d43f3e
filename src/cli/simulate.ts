import { InvalidArgumentError } from '@commander-js/extra-typings'
import { parseDuration, parseShare } from '../config/units.ts'
import { POLICIES, type Policy } from '../model/service.ts'
import { configOption, jsonOption } from './config-option.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Examples:
  kingcdn simulate --demand demand.csv
  kingcdn simulate --demand demand.csv --truth rtt-matrix.csv --down icn-kt,nrt-ix --html report.html
  kingcdn simulate --demand demand.csv --policy geo,rtt,rtt-spill --scenario evening.yaml
  kingcdn simulate --log queries.jsonl --per-query 5Mbps --rtt measured.csv --json

Demand is CSV with the columns prefix and one of bps, rps, conns (the unit of capacities) or qps, and service if wanted:
  prefix,bps
  203.0.113.0/24,1200000000

docs/simulate.md explains every file, scenarios, and what the figures mean.
`

export function addSimulate(program: Program, shell: Shell): void {
  program
    .command('simulate')
    .description('play demand against the configuration: round trips, loads, policies side by side, what if')
    .option('--demand <csv>', 'demand per prefix')
    .option('--log <file>', 'a query log instead: JSON lines or CSV of times and client addresses')
    .option('--service <id>', 'service of rows that name none (default: the first of the configuration)')
    .option('--per-query <rate>', 'load that one query per second stands for, such as 5Mbps')
    .option('--fill <share>', 'scale the demand to this share of all capacity, such as 60%', fillShare)
    .option('--rtt <csv>', 'measured RTTs, as rtt import takes them')
    .option('--truth <csv>', 'the world as it is: prefix,cluster,rtt_ms')
    .option('--scenario <yaml>', 'what happens: crowds, failures, drains, silence')
    .option('--down <ids>', 'clusters that are down all the time, separated by commas', commaList)
    .option('--policy <list>', 'play it once with each of these policies, and compare', policies)
    .option('--duration <time>', 'how long, such as 20m, instead of what the scenario says', seconds)
    .option('--ttl <time>', 'life of addresses, such as 60s, instead of what the services say', seconds)
    .option('--seed <n>', 'equal seeds give equal runs', whole)
    .option('--csv <dir>', 'write the figures as CSV files')
    .option('--html <file>', 'write a page with plots')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options =>
      shell.run(async () => {
        // Half of the program comes with it: other commands start without.
        const { runSimulation } = await import('./simulate-run.ts')
        return runSimulation(options, shell.io)
      }),
    )
}

const commaList = (text: string): readonly string[] => text.split(',').map(word => word.trim())

function policies(text: string): readonly Policy[] {
  const words = [...new Set(commaList(text))]
  const unknown = words.filter(word => !(POLICIES as readonly string[]).includes(word))
  if (unknown.length === 0) return words as Policy[]
  throw new InvalidArgumentError(`Not a policy: ${unknown.join(', ')}; legal: ${POLICIES.join(', ')}.`)
}

function fillShare(text: string): number {
  const share = parseShare(/^[\d.]+$/.test(text) ? Number(text) : text)
  if (share !== null && share > 0 && share <= 10) return share
  throw new InvalidArgumentError('Not a share; legal: above 0 and up to 10 (1000 %), such as 60% or 0.6.')
}

const MOST_SECONDS = 48 * 3600

function seconds(text: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms % 1000 === 0 && ms > 0 && ms <= MOST_SECONDS * 1000) return ms / 1000
  throw new InvalidArgumentError('Not a time; legal: whole seconds from 1s to 48h, such as 90s or 20m.')
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text)
  throw new InvalidArgumentError('Not a seed; legal: a whole number from 0 to 4294967295.')
}
