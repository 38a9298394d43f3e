/**
 * Claim: a zone of 1,000,000 records is served within twice the time and in twice the memory that the better of Knot and NSD takes.
 *
 * usage: npm run bench -- zone-load   (knotd and nsd; loopback only; about two minutes)
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { LAST_NAME, ORIGIN, writeBigZone, ZONE_RECORDS } from './harness/big-zone.ts'
import type { Contender } from './harness/contender.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { temporaryFolder } from './harness/folder.ts'
import { cpuSeconds, peakMiB, residentMiB } from './harness/process-figures.ts'
import { absence, present, publish, table, versions } from './harness/report.ts'
import { interleaved, middle, ROUNDS } from './harness/rounds.ts'
import { start } from './harness/start.ts'

const WORKERS = 2
/** Memory is read this long after the first answer: what a server tidies up by then counts for it. */
const SETTLED_MS = 5_000
/** A zone file that was written within the last second may change unseen (worker/file-stamps): KingCDN reads it once more then. */
const AGE_MS = 2_000
const ALL = [kingcdn, knot, nsd]

interface Load {
  readonly seconds: number
  readonly cpu: number
  readonly resident: number
  readonly peak: number
}

const FIGURES = ['seconds', 'cpu', 'resident', 'peak'] as const

const folder = temporaryFolder()
const zone = { origin: ORIGIN, file: join(folder, 'big.zone') }
writeBigZone(zone.file)
await new Promise(resolve => setTimeout(resolve, AGE_MS))
const loads = await interleaved(present(ALL), ROUNDS, load)
publish({
  claim: 'zone-load',
  title: `Loading a zone of ${ZONE_RECORDS.toLocaleString('en')} records`,
  body: report(loads, statSync(zone.file).size),
  versions: versions(present(ALL)),
})

async function load(contender: Contender): Promise<Load> {
  const server = await start(contender, zone, { question: LAST_NAME, workers: WORKERS })
  try {
    await new Promise(resolve => setTimeout(resolve, SETTLED_MS))
    const { pid, readyMs } = server
    return { seconds: readyMs / 1000, cpu: cpuSeconds(pid), resident: residentMiB(pid), peak: peakMiB(pid) }
  } finally {
    await server.stop()
  }
}

function report(loads: ReadonlyMap<Contender, readonly Load[]>, octets: number): string {
  const others = [...loads.keys()].filter(contender => contender !== kingcdn)
  const rows = [...loads].map(([{ name }, rounds]) => [
    name,
    ...FIGURES.flatMap(figure => {
      const value = middle(rounds, round => round[figure])
      const best = Math.min(...others.map(other => middle(loads.get(other)!, round => round[figure])))
      return [value.toFixed(figure === 'seconds' || figure === 'cpu' ? 2 : 0), (value / best).toFixed(2)]
    }),
  ])
  const head = ['server', 'seconds', 'ratio', 'CPU s', 'ratio', 'resident MiB', 'ratio', 'peak MiB', 'ratio']
  return `From the start of the process to the answer for the file's last record, ${WORKERS} workers, a master file of ${Math.round(octets / 1e6)} MB in the page cache.
CPU and memory ${SETTLED_MS / 1000} s after that answer: CPU of the whole start; resident memory of the process tree with shared pages counted once (Pss);
peak is VmHWM of the largest process. Median of ${ROUNDS} interleaved rounds; each ratio is to the better of Knot and NSD.

${absence(ALL)}${table(head, rows)}`
}
