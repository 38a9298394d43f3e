import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { until } from '../fixture/until.ts'
import { type SystemCalls, systemCalls } from './system-calls.ts'

const CLONE_NEWNET = 0x40000000
const OURS = '/proc/thread-self/ns/net'

/**
 * A network of its own that this very process can open sockets in: its thread goes there and comes back within one call. A socket stays where
 * it was opened.
 */
export class PrivateNetwork {
  readonly #calls: SystemCalls = systemCalls()
  readonly #home = openSync(OURS, 'r')
  readonly #there: number

  /** False without the right to it. */
  static isAllowed(): boolean {
    try {
      new PrivateNetwork().close()
      return spawnSync('ip', ['-V']).status === 0
    } catch {
      return false
    }
  }

  constructor() {
    if (this.#calls.unshare(CLONE_NEWNET) !== 0) throw new Error('no network of its own')
    this.#there = openSync(OURS, 'r')
    this.#goTo(this.#home)
  }

  /** Calls `act` there; it may not wait for anything. */
  within<T>(act: () => T): T {
    this.#goTo(this.#there)
    try {
      return act()
    } finally {
      this.#goTo(this.#home)
    }
  }

  /** Runs `ip`, `ss` and the like there. Returns what it printed; throws when it failed. */
  run(command: string): string {
    const [program = '', ...args] = command.split(' ')
    const { status, stdout, stderr } = this.within(() => spawnSync(program, args, { encoding: 'utf8' }))
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout
  }

  /** Resolves when datagrams to an address that it was given arrive: for IPv6 the kernel takes its time. */
  async has(...addresses: string[]): Promise<void> {
    for (const address of addresses) {
      const routes = `ip ${address.includes(':') ? '-6' : '-4'} route show table local`
      await until(`a route to ${address}`, () => this.run(routes).includes(`local ${address} `), 5000, 10)
    }
  }

  close(): void {
    closeSync(this.#there)
    closeSync(this.#home)
  }

  #goTo(network: number): void {
    if (this.#calls.setns(network, CLONE_NEWNET) !== 0) throw new Error('the network is gone')
  }
}
