import { readFileSync } from 'node:fs'
import { addAudit } from './audit.ts'
import { addCheck } from './check.ts'
import { addCluster } from './cluster.ts'
import { addCompletion } from './completion.ts'
import { addDemand } from './demand.ts'
import { addDocs } from './docs.ts'
import { addExplain } from './explain.ts'
import { type Io, processIo } from './io.ts'
import { addMonitor } from './monitor.ts'
import { addProbe } from './probe.ts'
import { addReload } from './reload.ts'
import { addRtt } from './rtt.ts'
import { addServe } from './serve.ts'
import { runProgram } from './shell.ts'
import { addSimulate } from './simulate.ts'
import { addStatus } from './status.ts'
import { addUpgrade } from './upgrade.ts'
import { addZone } from './zone.ts'

/** The command line. Sets `process.exitCode`: 0 ok, 1 the thing asked about is wrong, 2 usage. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv, processIo())
}

/** The same with surroundings of the caller's choice; gives the exit code. */
export function run(argv: readonly string[], io: Io): Promise<number> {
  return runProgram(argv, io, version(), [
    addServe,
    addCheck,
    addExplain,
    addStatus,
    addCluster,
    addAudit,
    addReload,
    addRtt,
    addDemand,
    addProbe,
    addMonitor,
    addSimulate,
    addUpgrade,
    addZone,
    addDocs,
    addCompletion,
  ])
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
