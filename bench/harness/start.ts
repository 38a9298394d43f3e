import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../test/fixture/ports.ts'
import { findTool } from '../../test/fixture/tools.ts'
import { atEnd } from './at-end.ts'
import type { Contender, Site } from './contender.ts'
import { plainQuery } from './messages.ts'
import { type Namespace, SERVER_CORE } from './namespace.ts'
import { processTree } from './process-figures.ts'

/** A contender that answers. */
export interface Running {
  readonly name: string
  readonly version: string
  readonly site: Site
  readonly pid: number
  /** Milliseconds from the start of the process to the first answer. */
  readonly readyMs: number
  /** Everything that the process wrote so far on standard error. */
  said(): string
  stop(): Promise<void>
}

export interface StartOptions {
  /** Asked for its A record until an answer comes: then it runs. */
  readonly question: string
  readonly workers?: number
  /** Own namespace and number of the address in it; without: loopback, on free ports, not pinned. */
  readonly inside?: { readonly namespace: Namespace; readonly number: number; readonly cores?: readonly number[] }
  readonly tls?: { readonly certificate: string; readonly key: string }
}

/** Limit of a start: the largest zone of the benches is there in a few seconds. */
const START_MS = 120_000

/** Starts the contender in a folder of its own; resolves when it answers. Its end is the end of the bench at the latest. */
export async function start<Job>(contender: Contender<Job>, job: Job, options: StartOptions): Promise<Running> {
  const { name } = contender
  const { inside } = options
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
  const site = await siteOf(folder, options, contender.ownInterface === true)
  const { program, args } = contender.prepare(site, job)
  const [file, argv] = inside
    ? inside.namespace.command(program, args, inside.cores)
    : ([findTool(program) ?? program, [...args]] as const)
  const startedAt = performance.now()
  const child = spawn(file, argv, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
  const discard = atEnd(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  // The bench ends when it has nothing more to do, and they with it.
  child.unref()
  ;(child.stderr as Socket).unref()
  let said = ''
  child.stderr?.on('data', chunk => {
    said = (said + String(chunk)).slice(-100_000)
  })
  try {
    await firstAnswer(site, options.question, () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`)
      if (performance.now() - startedAt > START_MS) throw new Error(`${name} does not answer: ${said}`)
    })
    if (inside) pin(child.pid!, inside.cores ?? [SERVER_CORE])
  } catch (error) {
    discard()
    throw error
  }
  const stop = async (): Promise<void> => {
    await ended(child)
    discard()
  }
  return {
    ...{ name, version: contender.version(), site, pid: child.pid!, readyMs: performance.now() - startedAt },
    said: () => said,
    stop,
  }
}

/** Starts all of them for one job, each at an address of its own, one after the other. */
export async function startAll<Job>(
  contenders: readonly Contender<Job>[],
  job: Job,
  namespace: Namespace,
  options: Omit<StartOptions, 'inside'> & { readonly cores?: readonly number[] },
): Promise<Running[]> {
  const running: Running[] = []
  for (const [number, contender] of contenders.entries()) {
    process.stderr.write(`  starting ${contender.name}\n`)
    const inside = { namespace, number, ...(options.cores && { cores: options.cores }) }
    running.push(await start(contender, job, { ...options, inside }))
  }
  return running
}

async function siteOf(folder: string, { workers = 1, inside, tls }: StartOptions, own: boolean): Promise<Site> {
  const port = inside ? 53 : await freePort()
  return {
    ...{ folder, workers, port },
    ...(own && inside
      ? inside.namespace.ownInterface()
      : { address: inside?.namespace.address(inside.number) ?? '127.0.0.1' }),
    httpPort: inside ? 9153 : await freePort(),
    ...(tls && { tls: { ...tls, port: inside ? 853 : await freePort() } }),
  }
}

/** Some servers (Knot) choose cores for their threads themselves when they start, the generator's first: put all of them back where they belong. */
function pin(pid: number, cores: readonly number[]): void {
  for (const member of processTree(pid)) execFileSync('taskset', ['-a', '-c', '-p', cores.join(','), String(member)])
}

const GRACE_MS = 10_000

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  await gone
  clearTimeout(timer)
}

/** Asks every few milliseconds until an answer has a record; `look` throws when there is no hope. */
async function firstAnswer({ address, port }: Site, name: string, look: () => void): Promise<void> {
  const question = plainQuery(name, 1)
  const socket = createSocket('udp4')
  // Nobody listens yet: each query so far came back as ICMP.
  socket.on('error', () => undefined)
  try {
    let answered = false
    socket.on('message', message => {
      answered ||= message.length > 12 && message.readUInt16BE(6) > 0
    })
    while (!answered) {
      look()
      socket.send(question, port, address)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  } finally {
    socket.close()
  }
}
