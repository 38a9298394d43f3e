/**
 * Claim: a zone of 1,000,000 records is served within twice the time and in twice the memory that the better of Knot and NSD takes.
 *
 * usage: npx tsx bench/zone-load.ts   (needs knotd and nsd, and the built program; loopback only; about two minutes)
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { LAST_NAME, ORIGIN, writeBigZone, ZONE_RECORDS } from './big-zone.ts'
import { CONTENDERS, type Contender, circumstances, startContender } from './contender.ts'
import { cpuSeconds, peakMiB, residentMiB } from './process-figures.ts'
import { interleaved, median } from './rounds.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const WORKERS = 2
/** Memory is read this long after the first answer: what a server tidies up by then counts for it. */
const SETTLED_MS = 5_000

interface Load {
  readonly seconds: number
  readonly cpu: number
  readonly resident: number
  readonly peak: number
}

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const zone = { origin: ORIGIN, file: join(folder, 'big.zone') }
try {
  writeBigZone(zone.file)
  const table = report(await interleaved(CONTENDERS, ROUNDS, load), statSync(zone.file).size)
  console.log(table)
  mkdirSync(join(REPOSITORY, 'bench/results'), { recursive: true })
  writeFileSync(join(REPOSITORY, 'bench/results/zone-load.md'), table)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function load(contender: Contender): Promise<Load> {
  const server = await startContender(contender, zone, WORKERS, LAST_NAME)
  try {
    await new Promise(resolve => setTimeout(resolve, SETTLED_MS))
    const { pid, readyMs } = server
    return { seconds: readyMs / 1000, cpu: cpuSeconds(pid), resident: residentMiB(pid), peak: peakMiB(pid) }
  } finally {
    await server.stop()
  }
}

function report(loads: ReadonlyMap<Contender, readonly Load[]>, octets: number): string {
  const middle = (contender: Contender, key: keyof Load) => median(loads.get(contender)!.map(each => each[key]))
  const others = CONTENDERS.slice(1)
  const rows = CONTENDERS.map(contender => {
    const cells = (['seconds', 'cpu', 'resident', 'peak'] as const).map(key => {
      const value = middle(contender, key)
      const best = Math.min(...others.map(other => middle(other, key)))
      return `${value.toFixed(key === 'seconds' || key === 'cpu' ? 2 : 0)} | ${(value / best).toFixed(2)}`
    })
    return `| ${contender.name} | ${cells.join(' | ')} |`
  })
  return `# Loading a zone of ${ZONE_RECORDS.toLocaleString('en')} records

From the start of the process to the answer for the file's last record, ${WORKERS} workers, a master file of ${Math.round(octets / 1e6)} MB in the page cache.
CPU and memory ${SETTLED_MS / 1000} s after that answer: CPU of the whole start; resident memory of the process tree with shared pages counted once (Pss);
peak is VmHWM of the largest process. Median of ${ROUNDS} interleaved rounds; each ratio is to the better of Knot and NSD.
${circumstances()}.

| server | seconds | ratio | CPU s | ratio | resident MiB | ratio | peak MiB | ratio |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}
`
}
