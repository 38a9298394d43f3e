import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'

const CAP_SYS_NICE = 23n

/** True when a thread may be raised to `priority`: by capability, or by limit, which counts from 0 for 20 (getrlimit(2)). */
function mayHave(priority: number): boolean {
  const capabilities = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]}`)
  const limit = /^Max nice priority\s+(\w+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))![1]!
  return ((capabilities >> CAP_SYS_NICE) & 1n) === 1n || 20 - Number(limit.replace('unlimited', '40')) <= priority
}

describe.skipIf(process.platform !== 'linux')('priorities of the threads', () => {
  let server: Nameserver
  /** Name -> priority, of the threads that have a name of their own; the others are V8's and Node's. */
  const named = new Map<string, number>()
  const others: number[] = []
  const own = getPriority()

  beforeAll(async () => {
    server = await startNameserver({
      edit: config => Object.assign(config, { workers: 1, udp: { transport: 'batch' } }),
    })
    const { pid } = server.process
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'))!
      const priority = Number(rest!.split(' ')[16])
      if (['query', 'tcp', 'planner'].includes(name!)) named.set(name!, priority)
      else if (Number(thread) === pid) named.set('main', priority)
      else others.push(priority)
    }
  })
  afterAll(() => discard(server))

  it('main thread and TCP have that of the process', () => {
    expect(named.get('main')).toBe(own)
    expect(named.get('tcp')).toBe(own)
  })

  it('a query thread goes first, where it may', () => {
    const wanted = Math.max(-20, own - 10)
    expect(named.get('query')).toBe(mayHave(wanted) ? wanted : own)
  })

  it('the planner goes last', () => {
    expect(named.get('planner')).toBe(Math.min(19, named.get('query')! + 13))
  })

  it('those that collect garbage for all of them are lower', () => {
    expect(others.filter(priority => priority === Math.min(19, own + 5)).length).toBeGreaterThanOrEqual(4)
  })
})
