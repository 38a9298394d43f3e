import { formatProblem } from '../base/problem.ts'
import type { Measurement } from '../model/measurement.ts'
import { requireConfig } from './config-option.ts'
import type { Io } from './io.ts'
import { Progress } from './progress.ts'
import { openReplay, type Replay } from './replay.ts'
import { readRttCsv } from './rtt-csv.ts'
import { type SharedState, withSharedState } from './shared-state.ts'
import { formatCount, plural } from './table.ts'

export interface ImportOptions {
  readonly config: string
  readonly skipBad: boolean
  readonly json?: true
}

/** Rows per call: well below what the server takes at once, and a few hundred kilobytes of JSON. */
const BATCH = 5000
/** Bad rows that are listed; the rest is counted. */
const MOST_LISTED = 50

interface Verdict {
  readonly good: number
  readonly bad: number
  readonly header: boolean
}

/** Reads the file twice: first all of it is checked, then it is sent. So nothing is imported of a file with a bad row, however long it is. */
export async function importRtt(
  file: string,
  { config: configFile, skipBad, json }: ImportOptions,
  io: Io,
): Promise<number> {
  const loaded = await requireConfig(configFile)
  const clusters = new Set(loaded.config.deployment.clusters.map(({ id }) => id))
  const source = await openReplay(file)
  const now = Date.now()
  const verdict = await checkRows(file, source, clusters, now, io)
  if (verdict.header || (verdict.bad > 0 && !skipBad)) {
    const advice = verdict.header ? '' : ` (${plural(verdict.good, 'good row')}; import just them with --skip-bad)`
    io.err(`${file}: nothing was imported: ${plural(verdict.bad, 'bad row')}${advice}\n`)
    return 1
  }
  const label = await withSharedState(loaded, io, async state => {
    await sendRows(source, clusters, now, verdict.good, state, io)
    return state.label
  })
  const skipped = verdict.bad === 0 ? '' : `, ${plural(verdict.bad, 'bad row')} skipped`
  io.out(
    json
      ? `${JSON.stringify({ imported: verdict.good, skipped: verdict.bad })}\n`
      : `${plural(verdict.good, 'row')} imported into ${label}${skipped}\n`,
  )
  return 0
}

async function checkRows(
  file: string,
  source: Replay,
  clusters: ReadonlySet<string>,
  now: number,
  io: Io,
): Promise<Verdict> {
  const progress = new Progress(io, 'checking', source.size)
  let good = 0
  let bad = 0
  let header = false
  for await (const line of readRttCsv(
    counted(source, octets => progress.at(octets, `${formatCount(good)} rows`)),
    clusters,
    now,
  )) {
    if ('row' in line) good++
    else {
      header ||= line.header === true
      if (++bad === 1) progress.end()
      if (bad <= MOST_LISTED)
        io.err(`${formatProblem({ severity: 'error', file, line: line.line, column: 0, message: line.fault })}\n`)
    }
  }
  progress.end()
  if (bad > MOST_LISTED) io.err(`${file}: and ${plural(bad - MOST_LISTED, 'more bad row')}\n`)
  return { good, bad, header }
}

async function sendRows(
  source: Replay,
  clusters: ReadonlySet<string>,
  now: number,
  total: number,
  state: SharedState,
  io: Io,
): Promise<void> {
  const progress = new Progress(io, 'importing', total)
  let batch: Measurement[] = []
  let sent = 0
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await state.putMeasurements(batch)
    sent += batch.length
    batch = []
    progress.at(sent, `${formatCount(sent)} of ${formatCount(total)} rows`)
  }
  try {
    for await (const line of readRttCsv(source.open(), clusters, now)) {
      if ('row' in line) batch.push(line.row)
      if (batch.length === BATCH) await flush()
    }
    await flush()
  } catch (error) {
    if (sent > 0) io.err(`only the first ${formatCount(sent)} of ${plural(total, 'row')} were imported:\n`)
    throw error
  } finally {
    progress.end()
  }
}

/** The bytes of the source, telling after each chunk how many there were so far. */
async function* counted(source: Replay, tell: (octets: number) => void): AsyncGenerator<Uint8Array> {
  let octets = 0
  for await (const chunk of source.open()) {
    yield chunk
    octets += chunk.length
    tell(octets)
  }
}
