import { Argument, InvalidArgumentError } from '@commander-js/extra-typings'
import { parseClient } from '../http/explain.ts'
import type { CandidateTrail, DrainTrail, SharedTrail, Trail, Verdict } from '../model/trail.ts'
import { ApiClient } from './api-client.ts'
import { configOption, jsonOption, readConfig, requireConfig } from './config-option.ts'
import type { Colours, Io } from './io.ts'
import type { Program, Shell } from './shell.ts'
import { formatFacts, formatMoment, formatTable, printable } from './table.ts'

const EXAMPLE = `
Examples:
  kingcdn explain a1105.kingcdn.com --client 168.126.63.1
  kingcdn explain video.netcinema.com --client 2001:db8:77::/48 --type AAAA --json
  kingcdn explain a1105.kingcdn.com --client 10.20.1.0/24 --live

Without --live the decision is worked out from the configuration and the store; with it the running server tells its own.
`

export function addExplain(program: Program, shell: Shell): void {
  program
    .command('explain')
    .description('why a client gets the answer it gets, stage by stage')
    .addArgument(new Argument('<name>', 'domain name that is asked for'))
    .requiredOption('--client <ip[/len]>', 'address or block of the client', client)
    .option('--type <type>', 'record type', recordType, 'A')
    .option('--live', 'ask the running server', false)
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((name, options) => shell.run(() => explain(name, options, shell.io)))
}

interface Client {
  readonly address: string
  /** Prefix length, null where an address stands alone. */
  readonly length: number | null
}

interface Options {
  readonly client: Client
  readonly type: string
  readonly live: boolean
  readonly config: string
  readonly json?: true
}

function client(text: string): Client {
  try {
    return parseClient(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function recordType(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9]{0,15}$/.test(text)) return text.toUpperCase()
  throw new InvalidArgumentError('Not a record type; legal: A, AAAA, HTTPS and the like.')
}

async function explain(name: string, { client, type, live, config: file, json }: Options, io: Io): Promise<number> {
  let trail: Trail
  if (live) {
    const address = client.length === null ? client.address : `${client.address}/${client.length}`
    const query = new URLSearchParams({ name, client: address, type })
    trail = (await new ApiClient((await readConfig(file)).access, io.env).get(`/v1/explain?${query}`)) as Trail
  } else {
    const { explainOffline } = await import('./offline.ts')
    trail = await explainOffline((await requireConfig(file)).config, { name, type, client })
  }
  io.out(json ? `${JSON.stringify(trail, null, 2)}\n` : formatTrail(trail, io.colours))
  return 0
}

/** The decision as a person reads it: what is answered, for whom, why, and every candidate with its verdict. */
export function formatTrail(trail: Trail, colours: Colours): string {
  const { client, place } = trail
  const answers = trail.answers.length === 0 ? 'no addresses' : trail.answers.join(', ')
  const country = place === undefined ? '' : `${place.country ?? 'country unknown'} `
  const facts = formatFacts([
    ['service', `${trail.service}, policy ${trail.policy}`],
    ['client', `${client.address} (${client.source}), block ${client.block}, scope /${client.scope}`],
    [
      'place',
      place === undefined
        ? 'unknown'
        : `${country}${place.lat.toFixed(2)} ${place.lon.toFixed(2)}${place.asn === undefined ? '' : `, AS${place.asn}`} (${printable(place.from)})`,
    ],
    ['demand', trail.demand === undefined ? null : `${trail.demand} times that of a block of which nothing is known`],
    ['cluster', trail.cluster === undefined ? 'none' : `${trail.cluster}: ${trail.servers.join(', ')}`],
    ['reason', printable(trail.reason)],
    ['snapshot', String(trail.snapshot)],
  ])
  const head = `${colours.bold(`${trail.name} ${trail.type}`)} -> ${answers}, TTL ${trail.ttl}\n`
  const shared = trail.shared === undefined ? '' : `${formatShared(trail.shared, colours)}\n`
  // Of a name at another CDN there is no more to say.
  if (trail.shared !== undefined && trail.candidates.length === 0 && trail.answers.length === 0)
    return `${shared}${printable(trail.reason)}\n`
  return `${shared}${head}\n${facts}\n${formatCandidates(trail.candidates, colours)}`
}

/** Of a hostname that several names share: which one the client gets. */
function formatShared({ hostname, target, ttl, client, reason, targets }: SharedTrail, colours: Colours): string {
  const facts = formatFacts([
    ['client', `${client.address} (${client.source}), block ${client.block}, scope /${client.scope}`],
    ['reason', printable(reason)],
  ])
  const rows = targets.map(({ target: name, weight, countries, verdict }) => [
    ...[verdict === 'chosen' ? '*' : '', name, String(weight), countries?.join(', ') ?? 'all'],
    paint(verdict, colours),
  ])
  const head = `${colours.bold(`${hostname} CNAME`)} -> ${target}, TTL ${ttl}\n`
  return `${head}\n${facts}\n${formatTable(TARGET_COLUMNS, rows)}`
}

const TARGET_COLUMNS = [
  { title: '' },
  { title: 'target' },
  { title: 'weight', right: true },
  { title: 'countries' },
  { title: 'verdict' },
]

const COLUMNS = [
  { title: '' },
  { title: 'cluster' },
  { title: 'tier' },
  { title: 'km', right: true },
  { title: 'rtt ms', right: true },
  { title: 'loss', right: true },
  { title: 'score', right: true },
  { title: 'verdict' },
  { title: 'rtt from' },
]

function formatCandidates(candidates: readonly CandidateTrail[], colours: Colours): string {
  if (candidates.length === 0) return 'no candidates\n'
  const number = (value: number | undefined, digits: number): string =>
    value === undefined ? '-' : value.toFixed(digits)
  const drains = candidates.flatMap(({ cluster, drain }) => (drain === undefined ? [] : describe(cluster, drain)))
  const rows = candidates.map(candidate => [
    candidate.verdict === 'chosen' ? '*' : '',
    candidate.cluster,
    candidate.tier,
    number(candidate.distanceKm, 0),
    number(candidate.rttMs, 1),
    candidate.loss === undefined ? '-' : `${(candidate.loss * 100).toFixed(1)} %`,
    number(candidate.score, 1),
    candidate.planned ? colours.yellow('planned elsewhere') : paint(candidate.verdict, colours),
    printable(candidate.rttFrom ?? ''),
  ])
  const health = candidates.flatMap(({ cluster, health: words }) =>
    words === undefined ? [] : `${cluster}: ${words}\n`,
  )
  const notes = [...drains, ...health]
  return formatTable(COLUMNS, rows) + (notes.length === 0 ? '' : `\n${notes.join('')}`)
}

/** `icn-kt drains: 45 % of all blocks now, 50 % wanted by ops@host since 2025-06-02 12:00:00: switch upgrade`. */
function describe(cluster: string, { percent, target, by, reason, since, until }: DrainTrail): string {
  const end = until === undefined ? '' : ` until ${formatMoment(until)}`
  const why = reason === '' ? '' : `: ${printable(reason)}`
  const wanted = `${target} % wanted by ${printable(by)} since ${formatMoment(since)}${end}`
  return `${cluster} drains: ${percent} % of all blocks now, ${wanted}${why}\n`
}

function paint(verdict: Verdict, colours: Colours): string {
  if (verdict === 'chosen') return colours.green(verdict)
  if (verdict === 'down') return colours.red(verdict)
  return verdict === 'outranked' ? verdict : colours.yellow(verdict)
}
