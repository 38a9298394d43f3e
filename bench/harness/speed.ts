import { type Flood, insist } from './flood.ts'
import { GENERATOR_CORE, SERVER_CORE } from './namespace.ts'
import { coreSeconds, cpuSeconds } from './process-figures.ts'
import { percent, whole } from './report.ts'
import { middle } from './rounds.ts'
import type { Running } from './start.ts'

/** What one run of a generator said of one server. */
export interface Speed {
  readonly perSecond: number
  /** Share of the queries without a reply. */
  readonly lost: number
  /** CPU of the server's process tree for each reply, user and system, microseconds. */
  readonly cpuMicros: number
  /** Time that the server's cores were not idle, for each reply, microseconds: kernel work that is booked to nobody is in it. */
  readonly coreMicros: number
}

/** Runs the generator and reads meanwhile what the server uses. Every reply must have the RCODE. */
export async function measured(server: Running, cores: readonly number[], rcode: string, run: () => Promise<Flood>) {
  const [cpu, core] = [cpuSeconds(server.pid), coreSeconds(cores)]
  const flood = insist(await run(), rcode, server.name)
  const micros = (seconds: number): number => (seconds * 1e6) / flood.replies
  return {
    ...{ perSecond: flood.perSecond, lost: flood.lost },
    cpuMicros: micros(cpuSeconds(server.pid) - cpu),
    coreMicros: micros(coreSeconds(cores) - core),
  } satisfies Speed
}

/** Medians of all rounds; what was lost is the mean. */
export function summary(rounds: readonly Speed[]): Speed {
  return {
    perSecond: middle(rounds, round => round.perSecond),
    cpuMicros: middle(rounds, round => round.cpuMicros),
    coreMicros: middle(rounds, round => round.coreMicros),
    lost: rounds.reduce((sum, round) => sum + round.lost, 0) / rounds.length,
  }
}

/** How {@link measured} measures, for the text above a table. */
export const METHOD = `Generator on core ${GENERATOR_CORE}, server with one worker on core ${SERVER_CORE} in a network namespace of its own, equal receive buffers.
"CPU" is user and system time of the server's processes for each reply; what the kernel does to deliver a query is booked to the generator's core, and
some of what it does to send the reply to nobody: "core" is all time that the server's core was not idle for each reply. Servers by AF_XDP have an
interface of their own; what the kernel does to fill their rings is the generator's like every delivery, and sending from them is the server's.`

export const SPEED_HEAD = (reference: string): string[] => [
  ...['server', 'replies/s', `to ${reference}`, 'CPU us/query', `to ${reference}`, 'core us/query', 'lost'],
]

/** A row for each server, its medians and their ratios to the server named `reference`, if that one is there. */
export function speedRows(rounds: SpeedRounds, reference: string): string[][] {
  return [...rounds].map(([{ name }, each]) => {
    const speed = summary(each)
    const to = (figure: Compared): string => ratio(rounds, figure, name, reference)?.toFixed(2) ?? '-'
    return [
      name,
      ...[whole(speed.perSecond), to('perSecond'), speed.cpuMicros.toFixed(2), to('cpuMicros')],
      ...[speed.coreMicros.toFixed(2), percent(speed.lost)],
    ]
  })
}

export type SpeedRounds = ReadonlyMap<Running, readonly Speed[]>
type Compared = 'perSecond' | 'cpuMicros'

/** Ratio of the medians of two servers; null when one of them is not there. */
export function ratio(rounds: SpeedRounds, figure: Compared, name: string, reference: string): number | null {
  const value = (wanted: string): number | null => {
    const found = [...rounds].find(([server]) => server.name === wanted)
    return found === undefined ? null : summary(found[1])[figure]
  }
  const [ours, theirs] = [value(name), value(reference)]
  return ours === null || theirs === null ? null : ours / theirs
}

/** Name of the one of these with the most replies per second; the first name when none of them is there. */
export function fastest(rounds: SpeedRounds, names: readonly string[]): string {
  const found = [...rounds].filter(([{ name }]) => names.includes(name))
  const perSecond = (each: readonly Speed[]): number => summary(each).perSecond
  return found.sort(([, a], [, b]) => perSecond(b) - perSecond(a))[0]?.[0].name ?? names[0]!
}
