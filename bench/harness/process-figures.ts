import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const fields = statFields(Number(entry))
    if (fields !== null) parents.set(Number(entry), Number(fields[1]))
  }
  const tree = [pid]
  for (const member of tree) for (const [child, parent] of parents) if (parent === member) tree.push(child)
  return tree
}

/** CPU seconds that the tree's living members used so far, user and system. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, member) => {
    const fields = statFields(member)
    return fields === null ? sum : sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }, 0)
}

/** Seconds that these cores were not idle since the machine started, whatever they did (proc(5), stat). */
export function coreSeconds(cores: readonly number[]): number {
  const stat = readFileSync('/proc/stat', 'latin1')
  return cores.reduce((sum, core) => {
    const [user, nice, system, , , irq, softirq] = (new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1] ?? '')
      .split(' ')
      .map(Number)
    return sum + (user! + nice! + system! + irq! + softirq!) / TICKS_PER_SECOND
  }, 0)
}

/** Resident memory of the tree in MiB. Pages that several processes share count once (Pss, proc(5)). */
export function residentMiB(pid: number): number {
  const kib = (member: number) => numberAt(`/proc/${member}/smaps_rollup`, /^Pss:\s+(\d+)/m)
  return processTree(pid).reduce((sum, member) => sum + kib(member), 0) / 1024
}

/** The most that the largest process of the tree ever had resident (VmHWM), MiB. */
export function peakMiB(pid: number): number {
  return Math.max(...processTree(pid).map(member => numberAt(`/proc/${member}/status`, /^VmHWM:\s+(\d+)/m))) / 1024
}

/** Fields of proc(5) stat from the third on; null when the process is gone. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function numberAt(file: string, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(file, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
