import { execFile } from 'node:child_process'
import { findTool } from '../../test/fixture/tools.ts'
import { atEnd } from './at-end.ts'

/** What a generator of queries counted in one run. */
export interface Flood {
  readonly sent: number
  readonly replies: number
  /** Replies per second. */
  readonly perSecond: number
  /** Share of the queries without a reply, 0..1. */
  readonly lost: number
  /** Replies by RCODE, as the tool names it. */
  readonly rcodes: ReadonlyMap<string, number>
}

/** A run is worth nothing when the server answered something else than what was asked of it: throws unless every reply has the RCODE. */
export function insist(flood: Flood, rcode: string, who: string): Flood {
  const others = [...flood.rcodes].filter(([name, count]) => name !== rcode && count > 0)
  if (flood.replies === 0) throw new Error(`${who} answered none of ${flood.sent} queries`)
  if (others.length > 0)
    throw new Error(`${who} was to answer ${rcode} alone, but: ${others.map(([name, n]) => `${name} ${n}`).join(', ')}`)
  return flood
}

/** Runs a generator on the cores to its end, at most `limitMs`; everything that it wrote. */
export function generate(program: string, args: readonly string[], cores: readonly number[], limitMs: number) {
  return new Promise<string>((resolve, reject) => {
    const pinned = ['-c', cores.join(','), findTool(program) ?? program, ...args]
    const child = execFile('taskset', pinned, { timeout: limitMs, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      over()
      if (error === null) resolve(stdout + stderr)
      else reject(new Error(`${program} ${args.join(' ')}: ${error.message}\n${(stdout + stderr).slice(-2000)}`))
    })
    const over = atEnd(() => void child.kill('SIGKILL'))
  })
}
