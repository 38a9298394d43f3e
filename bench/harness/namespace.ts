import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { findTool } from '../../test/fixture/tools.ts'
import { atEnd } from './at-end.ts'
import { lacking } from './contender.ts'
import { setReceiveBuffers } from './receive-buffers.ts'

/** The generators of queries run here... */
export const GENERATOR_CORE = 0
/** ... and the server under test alone here. */
export const SERVER_CORE = 1

/** Cores of a server with so many workers: the generator's too, where there are no more. */
export function serverCores(workers: number): number[] {
  return Array.from({ length: workers }, (_, i) => (SERVER_CORE + i) % availableParallelism())
}

/** Program -> Debian package. */
const TOOLS = {
  ...{ ip: 'iproute2', taskset: 'util-linux', chrt: 'util-linux', unshare: 'util-linux' },
  ...{ kxdpgun: 'knot-dnsutils', dnsperf: 'dnsperf', dig: 'bind9-dnsutils' },
}

const PREFIX = 'kingcdn-bench-'

/**
 * A network of its own for the servers, joined to the generator's by a pair of virtual interfaces:
 *
 *   core 0: kxdpgun, dnsperf   10.99.n.1 [kcb<pid>]-----[kcs<pid>] 10.99.n.2, .3, ...   core 1: one server after another
 *             the machine's own namespace                 namespace kingcdn-bench-<pid>
 */
export interface Namespace {
  /** The generator's own address. */
  readonly outside: string
  /** Address of server number `n`, 0..200. */
  address(n: number): string
  /** Makes another pair of interfaces, with one address of the server's. */
  ownInterface(): { readonly address: string; readonly interface: string }
  /** How a program is started inside, on the cores alone. The process that is started becomes the program. */
  command(program: string, args: readonly string[], cores?: readonly number[]): [program: string, args: string[]]
  /** Takes away everything, the receive buffers' sizes too. The end of the process does it as well. */
  close(): void
}

/** Why this machine cannot do it, as a sentence for a person; null when it can. */
export function namespaceObstacle(): string | null {
  if (process.platform !== 'linux') return 'the benches beside other nameservers need Linux: network namespaces'
  if (process.getuid?.() !== 0) return 'the benches beside other nameservers need root: they make a network namespace'
  if (availableParallelism() < 2) return 'the benches need two cores: one for the generator, one for the server'
  const absent = lacking(TOOLS)
  if (absent.length > 0)
    return `the benches need more tools: apt-get install -y --no-install-recommends ${absent.join(' ')}`
  if (spawnSync('unshare', ['-n', 'true']).status !== 0)
    return 'the kernel forbids network namespaces here (a container without CAP_SYS_ADMIN?)'
  return null
}

/** Opens the namespace with `servers` addresses and sets the receive buffers for the run. Where that cannot be, says why and ends the process. */
export function openNamespace(servers: number): Namespace {
  const obstacle = namespaceObstacle()
  if (obstacle !== null) {
    console.error(obstacle)
    process.exit(1)
  }
  removeLeftOvers()
  const name = `${PREFIX}${process.pid}`
  const net = freeNet()
  const address = (n: number): string => `10.99.${net}.${2 + n}`
  ip('netns', 'add', name)
  const remove = atEnd(() => {
    ip('netns', 'delete', name)
    // The namespace itself lives as long as a program in it; its pair of interfaces shall not.
    for (let n = 0; n < pairs; n++) spawnSync('ip', ['link', 'delete', ours(n)], { stdio: 'ignore' })
  })
  let pairs = 0
  const ours = (n: number): string => `kcb${process.pid}${n === 0 ? '' : `x${n}`}`
  /** Returns the inner one of a new pair. */
  const join = (outside: string, inside: readonly string[]): string => {
    const [outer, inner] = [ours(pairs), ours(pairs).replace('kcb', 'kcs')]
    pairs++
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name)
    ip('address', 'add', `${outside}/24`, 'dev', outer)
    ip('link', 'set', outer, 'up')
    for (const each of inside) ip('-n', name, 'address', 'add', `${each}/24`, 'dev', inner)
    ip('-n', name, 'link', 'set', inner, 'up')
    return inner
  }
  join(
    `10.99.${net}.1`,
    Array.from({ length: servers }, (_, n) => address(n)),
  )
  ip('-n', name, 'link', 'set', 'lo', 'up')
  // Replies find their way to any client that the generator plays.
  ip('-n', name, 'route', 'add', 'default', 'via', `10.99.${net}.1`)
  const restore = setReceiveBuffers(() => otherBenches().length === 0)
  return {
    outside: `10.99.${net}.1`,
    address,
    ownInterface: () => {
      const own = freeNet()
      const at = `10.99.${own}.2`
      return { address: at, interface: join(`10.99.${own}.1`, [at]) }
    },
    command: (program, args, cores = [SERVER_CORE]) => [
      'ip',
      ['netns', 'exec', name, 'taskset', '-c', cores.join(','), findTool(program) ?? program, ...args],
    ],
    close: () => {
      restore()
      remove()
    },
  }
}

/** The first of 10.99.0.0/24, 10.99.1.0/24, ... that nobody on this machine has: two benches may run at a time. */
function freeNet(): number {
  const taken = ip('-4', '-o', 'address')
  for (let net = 0; net < 256; net++) if (!taken.includes(` 10.99.${net}.`)) return net
  throw new Error('all of 10.99.0.0/16 is taken on this machine')
}

const NAMESPACES = '/run/netns'

/** Process ids of the other benches that have a namespace, dead or alive. */
function withNamespace(): number[] {
  const names = existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : []
  return names.filter(name => name.startsWith(PREFIX)).map(name => Number(name.slice(PREFIX.length)))
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`)

const otherBenches = (): number[] => withNamespace().filter(pid => pid !== process.pid && alive(pid))

/** Namespaces of benches that were killed outright. */
function removeLeftOvers(): void {
  for (const pid of withNamespace()) if (!alive(pid)) ip('netns', 'delete', `${PREFIX}${pid}`)
}

function ip(...args: string[]): string {
  return execFileSync(findTool('ip')!, args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] })
}
