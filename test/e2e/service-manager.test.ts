import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const fixture = (name: string) => join(REPOSITORY, 'test/fixture', name)
const WATCHDOG_MS = 9_000

/** The messages that a service manager hears at a socket. */
async function hear(name: string): Promise<{ heard: { text: string; at: number }[]; process: ChildProcess }> {
  const process = spawn('python3', [fixture('service-manager.py'), name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const heard: { text: string; at: number }[] = []
  const lines = createInterface(process.stdout)
  await once(lines, 'line')
  lines.on('line', line => heard.push({ text: JSON.parse(line) as string, at: Date.now() }))
  return { heard, process }
}

describe.skipIf(loadLibc().kind === 'absent' || missing('python3'))('a service manager', () => {
  let server: Nameserver
  let manager: Awaited<ReturnType<typeof hear>>
  const said = (start: string) => manager.heard.filter(({ text }) => text.startsWith(start))
  const environment = { ...process.env }

  beforeAll(async () => {
    const socket = `@kingcdn-${process.pid}`
    manager = await hear(socket)
    Object.assign(process.env, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: String(WATCHDOG_MS * 1000) })
    server = await startNameserver({ dontWait: true })
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC']) {
      if (environment[name] === undefined) delete process.env[name]
    }
  })
  afterAll(async () => {
    manager.process.kill()
    await discard(server)
  })

  it('hears READY when queries are answered, not before, and then that all is well', async () => {
    await until('READY', () => said('READY=1').length > 0, 30_000, 5)
    const reply = await server.dig('a1105.kingcdn.com', 'A', '+tries=1')
    expect(reply.answer.length).toBeGreaterThan(0)
    expect(manager.heard[0]!.text).toMatch(/^READY=1\nSTATUS=kingcdn \S+ \(ns1\) is ready: [^\n]+$/)
    await until('WATCHDOG', () => said('WATCHDOG=1').length > 1)
  })

  it('hears of a reload: when it began, by the clock of the machine, and when it is over', async () => {
    const before = said('READY=1').length
    const from = process.hrtime.bigint() / 1000n
    await server.kill('SIGHUP')
    await until('READY after the reload', () => said('READY=1').length > before)
    const [reloading] = said('RELOADING=1')
    const at = BigInt(/\nMONOTONIC_USEC=(\d+)\n/.exec(reloading!.text)![1]!)
    expect(at).toBeGreaterThanOrEqual(from)
    expect(at).toBeLessThanOrEqual(process.hrtime.bigint() / 1000n)
    expect(manager.heard.indexOf(reloading!)).toBeLessThan(manager.heard.indexOf(said('READY=1').at(-1)!))
  })

  it('hears nothing while a query thread stands still, though the main loop turns, and hears again after', async () => {
    const tasks = `/proc/${server.process.pid}/task`
    const thread = readdirSync(tasks).find(id => readFileSync(join(tasks, id, 'comm'), 'utf8').trim() === 'query')
    const holder = spawn('python3', [fixture('hold-thread.py'), thread!], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const alarm = 'query-0 has made no progress for'
    await until('the alarm', async () => (await server.status()).alarms.some(text => text.startsWith(alarm)), 20_000)
    const pings = said('WATCHDOG=1').length
    // As long as it takes the main loop to look thrice.
    const looks = Date.now() + 3_500
    await until('three looks', () => Date.now() > looks)
    expect(said('WATCHDOG=1').length).toBe(pings)
    expect(server.output()).toContain(alarm)
    holder.stdin.end()
    await once(holder, 'exit')
    await until('WATCHDOG again', () => said('WATCHDOG=1').length > pings)
    expect((await server.status()).alarms.join()).not.toContain(alarm)
  }, 60_000)

  it('hears of a process that takes over, which then speaks for itself, and of the end', async () => {
    const program = join(REPOSITORY, 'bin/kingcdn.js')
    const upgrade = spawn(process.execPath, [program, 'upgrade', '-c', server.configFile], { stdio: 'pipe' })
    const ended = once(server.process, 'exit')
    const [out] = await once(upgrade.stdout, 'data')
    const successor = /^process (\d+) answers now/.exec(String(out))![1]
    await ended
    const told = said('MAINPID=')
    expect(told.map(({ text }) => text)).toEqual([`MAINPID=${successor}`])
    expect(said('STOPPING=1')).toEqual([])
    const after = () => manager.heard.slice(manager.heard.indexOf(told[0]!) + 1)
    await until('READY of the successor', () => after().some(({ text }) => text.startsWith('READY=1')))
    await until('WATCHDOG of the successor', () => after().some(({ text }) => text === 'WATCHDOG=1'))
    process.kill(Number(successor), 'SIGTERM')
    await until('STOPPING', () => said('STOPPING=1').length > 0)
    await until('the end', () => !existsSync(`/proc/${successor}`))
  }, 60_000)
})
