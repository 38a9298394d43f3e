import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Outcome, SAMPLE_EVERY } from '../simulate/outcome.ts'
import type { Report } from './simulate-report.ts'

/** Writes the figures of a report as CSV files into `folder`, which is made where it is not there. Returns the files' names. */
export async function writeCsvFiles(
  folder: string,
  report: Report,
  outcomes: readonly Outcome[],
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  const files: [string, string][] = [
    ['summary.csv', summary(report)],
    ['loads.csv', loads(report)],
    ['moves.csv', moves(report)],
    ['rtt.csv', roundTrips(report, outcomes)],
  ]
  for (const [name, text] of files) await writeFile(join(folder, name), text)
  return files.map(([name]) => name)
}

const lines = (header: string, rows: readonly (readonly (string | number)[])[]): string =>
  `${[header, ...rows.map(row => row.join(','))].join('\n')}\n`

function summary({ runs }: Report): string {
  return lines(
    'policy,who,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms',
    runs.flatMap(({ policy, rttMs }) =>
      Object.entries(rttMs).map(([who, f]) => [policy ?? 'configured', who, f.mean, f.p50, f.p90, f.p95, f.p99]),
    ),
  )
}

function loads({ runs, intervalSeconds }: Report): string {
  return lines(
    'policy,second,cluster,load_share',
    runs.flatMap(({ policy, clusters }) =>
      clusters.flatMap(({ id, series }) =>
        series.map((load, i) => [policy ?? 'configured', i * intervalSeconds, id, load]),
      ),
    ),
  )
}

function moves({ runs, intervalSeconds }: Report): string {
  return lines(
    'policy,second,moved_share',
    runs.flatMap(({ policy, moved }) =>
      moved.series.map((share, i) => [policy ?? 'configured', i * intervalSeconds, share]),
    ),
  )
}

/** Distribution functions, point by point. */
function roundTrips({ runs }: Report, outcomes: readonly Outcome[]): string {
  return lines(
    'policy,who,rtt_ms,share_below',
    outcomes.flatMap(({ roundTrips: { served, oracle, oracleWithin, geo } }, i) =>
      Object.entries({ served, oracle, oracleWithinCapacity: oracleWithin, geo }).flatMap(([who, histogram]) =>
        histogram.cdf().map(([ms, share]) => [runs[i]!.policy ?? 'configured', who, ms.toFixed(2), share.toFixed(6)]),
      ),
    ),
  )
}

/** Seconds between two rows of a series. */
export const INTERVAL_SECONDS = SAMPLE_EVERY
