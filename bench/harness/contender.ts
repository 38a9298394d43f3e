import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { findTool } from '../../test/fixture/tools.ts'

/** A nameserver and how it is had to serve a job: a zone file ({@link ZoneToServe}), or a world of clients and sites (geo-world.ts). */
export interface Contender<Job = ZoneToServe> {
  readonly name: string
  /** As the program says it. */
  version(): string
  /** Debian packages that it lacks on this machine. */
  lacks(): string[]
  /** Writes what it needs into the folder of the site and says how it is started. Logs of queries and rate limits off, or dry. */
  prepare(site: Site, job: Job): Command
  /**
   * It gets an interface of its own ({@link Site.interface}) to take packets off, by AF_XDP. On one that all share, the others would be slowed
   * down by it.
   */
  readonly ownInterface?: true
}

export interface ZoneToServe {
  readonly origin: string
  readonly file: string
}

/** Where a server answers and what it may use. */
export interface Site {
  readonly address: string
  readonly port: number
  /** Threads or processes that answer UDP. */
  readonly workers: number
  /** Its own, empty. */
  readonly folder: string
  /** For what it tells of itself over HTTP. */
  readonly httpPort: number
  /** Name of its own interface, for who asked for one. */
  readonly interface?: string
  /** DNS over TLS is wanted too. */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string }
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** Packages of those programs that are not there. */
export function lacking(packageOf: Readonly<Record<string, string>>): string[] {
  return [
    ...new Set(
      Object.entries(packageOf)
        .filter(([program]) => findTool(program) === null)
        .map(([, debian]) => debian),
    ),
  ]
}

/** True when a library such as `libbindbackend.so` lies somewhere in a folder such as `pdns` of /usr/lib/<architecture>, as Debian has it. */
export function hasLibrary(folder: string, file: string): boolean {
  const architectures = readdirSync('/usr/lib').filter(entry => entry.endsWith('-linux-gnu'))
  return architectures.some(architecture => {
    const path = join('/usr/lib', architecture, folder)
    return (
      existsSync(path) && (readdirSync(path, { recursive: true }) as string[]).some(each => basename(each) === file)
    )
  })
}

/** The first number with dots in it that the program says when asked. */
export function versionOf(program: string, option: string): string {
  const path = findTool(program)
  if (path === null) return 'absent'
  const { stdout, stderr } = spawnSync(path, [option], { encoding: 'utf8' })
  return /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0] ?? 'unknown'
}
