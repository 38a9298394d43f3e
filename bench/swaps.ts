/**
 * Claim: no query is lost and none is answered with an error because of a new map, a new zone or a change of the live table, a hundred of them
 * under load.
 *
 * usage: npm run bench -- swaps   (root; dnsperf; beside gdnsd, Knot and NSD reloading a zone; about six minutes with ROUNDS=3)
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DialogueFlood, dialogue } from './harness/dnsperf.ts'
import { openNamespace } from './harness/namespace.ts'
import { absence, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, middle, ROUNDS } from './harness/rounds.ts'
import { type Running, start } from './harness/start.ts'
import { type Changeable, GDNSD, KINGCDN, KNOT, NSD } from './swaps-by.ts'
import { writeCityDatabase } from './worlds/city-database.ts'
import { writeMixedQueries } from './worlds/queries.ts'
import { settled, status } from './worlds/running-kingcdn.ts'
import { BASE, NAME_SERVER } from './worlds/world.ts'

/** Of one period, with swaps or without. */
const SECONDS = 10
const SHARE = 0.7
/** So many queries may wait: half a second of standing still shows as latency, not as a generator that waits too. */
const OUTSTANDING = 60_000
/** What the aim speaks of. */
const SWAPS = 100
const ALL = [KINGCDN, GDNSD, KNOT, NSD]

interface Load {
  readonly name: string
  /** Queries per second; as fast as replies come when left out. */
  readonly rate?: number
  readonly outstanding?: number
}

/** One server under one load, with changes or without. */
interface Period {
  readonly name: string
  readonly who: Changeable
  readonly server: Running
  readonly queries: string
  readonly load: Load
  readonly swapping: boolean
}

interface Figures {
  readonly sent: number
  readonly lost: number
  /** Replies with another RCODE than NOERROR. */
  readonly errors: number
  readonly perSecond: number
  readonly maxMs: number
  readonly averageMs: number
  readonly swaps: number
  /** Datagrams that the kernel dropped because the server's receive buffer was full; null where nobody says so. */
  readonly overflowed: number | null
}

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const city = join(folder, 'city.mmdb')
writeCityDatabase(city)
const namespace = openNamespace(ALL.length)
let changes = 0
try {
  const here = present(ALL.map(({ contender }) => contender))
  const periods: Period[] = []
  for (const who of ALL.filter(({ contender }) => here.includes(contender))) periods.push(...(await periodsOf(who)))
  const rounds = await interleaved(periods, ROUNDS, measure)
  publish({
    claim: 'swaps',
    title: 'Queries lost while the answers change',
    body: `dnsperf, half services with ECS and half records of KingCDN, records of the others; generator on core 0, everything of the server on core 1, the compiler of
its maps too. KingCDN: a drain, a new zone with a reload, the end of the drain, and with every third change new measurements; the others: a new zone and a reload. Each
zone is seen served before the next change. Beside each period with changes one of ${SECONDS} s without; ${ROUNDS} rounds, servers and periods in turn. "70 %" is of what
each server answered at full, ${whole(OUTSTANDING)} queries may wait; at "full" 400 may, and dnsperf asks as fast as replies come. Sums of all rounds; the latency is the
worst of all and the median of the rounds' averages.

${absence(ALL.map(({ contender }) => contender))}${table(head(), [...rounds].map(row))}

${verdicts(rounds).join('\n')}`,
    versions: versions(here),
  })
} finally {
  namespace.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Starts the server and finds out what 70 % is. */
async function periodsOf(who: Changeable): Promise<Period[]> {
  const { contender } = who
  const queries = join(folder, `${contender.name}.bin`)
  writeMixedQueries(queries, BASE, who === KINGCDN)
  process.stderr.write(`  starting ${contender.name}\n`)
  const inside = { namespace, number: ALL.indexOf(who) }
  const server = await start(contender, { size: BASE, city }, { question: NAME_SERVER, inside })
  if (who === KINGCDN) await settled(server)
  const ask = () => dialogue({ address: server.site.address, file: queries, seconds: 2 })
  await ask()
  const rate = Math.round((await ask()).perSecond * SHARE)
  const loads: Load[] = [
    { name: '70 %', rate, outstanding: OUTSTANDING },
    ...(who === KINGCDN ? [{ name: 'full' }] : []),
  ]
  return loads.flatMap(load =>
    [false, true].map(swapping => ({
      ...{
        name: `${contender.name}, ${load.name}, ${swapping ? 'changes' : 'calm'}`,
        who,
        server,
        queries,
        load,
        swapping,
      },
    })),
  )
}

async function measure(period: Period): Promise<Figures> {
  const { server, queries, load, who } = period
  const before = await overflows(period)
  let over = false
  const flooding = dialogue({ ...load, address: server.site.address, file: queries, seconds: SECONDS }).finally(() => {
    over = true
  })
  let swaps = 0
  while (period.swapping && !over) swaps += await who.change(server, changes++)
  const flood = await flooding
  const after = await overflows(period)
  return { ...figuresOf(flood), swaps, overflowed: before === null || after === null ? null : after - before }
}

function figuresOf({ sent, lost, rcodes, perSecond, latency }: DialogueFlood): Omit<Figures, 'swaps' | 'overflowed'> {
  const errors = [...rcodes].reduce((sum, [name, count]) => sum + (name === 'NOERROR' ? 0 : count), 0)
  return { sent, lost: Math.round(lost * sent), errors, perSecond, maxMs: latency.max, averageMs: latency.average }
}

/** What KingCDN's query workers say that the kernel dropped. */
async function overflows({ who, server }: Period): Promise<number | null> {
  if (who !== KINGCDN) return null
  const { workers } = await status(server)
  return workers.reduce((sum, { counters }) => sum + (counters?.scalars.receiveDropped ?? 0), 0)
}

// -- the report ------------------------------------------------------------------------------------------------------------------------

function head(): string[] {
  return [
    ...[
      'server, load',
      'swaps',
      'sent',
      'lost',
      'of these full buffer',
      'errors',
      'replies/s',
      'average ms',
      'worst ms',
    ],
  ]
}

function row([{ name }, rounds]: [Period, readonly Figures[]]): string[] {
  const [swaps, sent, lost, errors] = (['swaps', 'sent', 'lost', 'errors'] as const).map(key => sum(rounds, key))
  const full = rounds.some(round => round.overflowed === null) ? 'not told' : whole(overflowed(rounds))
  return [
    name,
    ...[whole(swaps!), whole(sent!), whole(lost!), full, whole(errors!)],
    whole(middle(rounds, round => round.perSecond)),
    middle(rounds, round => round.averageMs).toFixed(2),
    Math.max(...rounds.map(round => round.maxMs)).toFixed(0),
  ]
}

function sum(rounds: readonly Figures[], key: 'swaps' | 'sent' | 'lost' | 'errors'): number {
  return rounds.reduce((all, round) => all + round[key], 0)
}

function overflowed(rounds: readonly Figures[]): number {
  return rounds.reduce((all, round) => all + (round.overflowed ?? 0), 0)
}

function verdicts(all: ReadonlyMap<Period, readonly Figures[]>): string[] {
  return [...all]
    .filter(([{ who, swapping }]) => who === KINGCDN && swapping)
    .flatMap(([{ name }, rounds]) => [
      verdict(`${name}: swaps`, sum(rounds, 'swaps'), 'at least', SWAPS),
      verdict(`${name}: queries lost`, sum(rounds, 'lost'), 'at most', 0),
      verdict(`${name}: SERVFAIL, REFUSED or any other error`, sum(rounds, 'errors'), 'at most', 0),
    ])
}
