import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { FIXTURE_GEO, REPOSITORY } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { redisCommand } from '../fixture/redis-server.ts'
import { findTool } from '../fixture/tools.ts'
import type { ActorSpec } from './actor.ts'
import { CHECK_INTERVAL_MS, CHECK_TIMEOUT_MS, CHECKS_TO_RISE } from './reaction.ts'

const PROGRAM = join(REPOSITORY, 'bin/kingcdn.js')
const EDGE = join(import.meta.dirname, 'edge.mjs')

const PLACES = {
  'lhr-ix': { lat: 51.51, lon: -0.13, country: 'GB' },
  'fra-ix': { lat: 50.11, lon: 8.68, country: 'DE' },
  'jfk-ix': { lat: 40.71, lon: -74.01, country: 'US' },
  'nrt-ix': { lat: 35.68, lon: 139.77, country: 'JP' },
} as const
const EDGES_EACH = 3
/** Where the probers run, and the clients next door that they measure: so near as a nameserver on loopback is. */
const PROBED = { 'lhr-ix': '81.128.1.0/24', 'nrt-ix': '210.130.14.0/24' } as const
const MONITORS = ['mon1', 'mon2'] as const
const NAMESERVERS = ['ns1', 'ns2', 'ns3'] as const

/** What is asked for. */
export const CDN_NAME = 'a1105.kingcdn.com'
/** Client networks, in all parts of the world of the fixture databases. */
export const BLOCKS = [
  ...['81.128.1', '90.1.2', '84.128.3', '80.58.4', '217.208.5', '85.96.6'],
  ...['108.6.7', '73.44.8', '24.130.9', '99.224.10', '177.32.11', '181.0.12'],
  ...['168.126.63', '210.130.14', '202.156.15', '49.32.16', '1.128.17', '122.56.18'],
  ...['41.0.19', '41.184.20', '41.232.21', '94.200.22', '1.2.3', '175.192.24'],
]

export interface EdgeAddress {
  readonly name: string
  readonly cluster: string
}

export interface World {
  readonly cast: readonly ActorSpec[]
  readonly nameservers: readonly { readonly name: string; readonly port: number; readonly url: string }[]
  /** By IPv4 address. */
  readonly edges: ReadonlyMap<string, EdgeAddress>
}

/** Writes the configuration of everybody into `folder`; nothing runs yet. */
export async function layWorld(folder: string): Promise<World> {
  const redisPort = await freePort()
  const edgePort = await freePort()
  const nameservers: { name: string; port: number; httpPort: number; url: string }[] = []
  for (const name of NAMESERVERS) {
    const httpPort = await freePort()
    nameservers.push({ name, port: await freePort(), httpPort, url: `http://127.0.0.1:${httpPort}` })
  }
  const edges = Object.keys(PLACES).flatMap((cluster, c) =>
    Array.from({ length: EDGES_EACH }, (_, i) => ({
      name: `${cluster}-${i + 1}`,
      cluster,
      address: `127.11.${c + 1}.${i + 1}`,
    })),
  )
  const common = commonConfig(redisPort, edgePort, edges)
  const configOf = (name: string, more: object): string => {
    mkdirSync(join(folder, name), { recursive: true })
    const file = join(folder, name, 'kingcdn.yaml')
    writeFileSync(file, stringify({ node: name, ...common, ...more }))
    return file
  }
  const node = process.execPath
  const alive = async () => true
  return {
    nameservers,
    edges: new Map(edges.map(({ address, name, cluster }) => [address, { name, cluster }])),
    cast: [
      { name: 'redis', role: 'redis', program: findTool('redis-server')!, ...redis(redisPort, folder) },
      ...edges.map(edge => ({
        ...{ name: edge.name, role: 'edge' as const, cluster: edge.cluster, program: node },
        ...edgeActor(
          edge,
          edgePort,
          nameservers.map(({ url }) => url),
        ),
      })),
      ...nameservers.map(({ name, port, httpPort, url }) => ({
        ...{ name, role: 'nameserver' as const, program: node },
        args: [PROGRAM, 'serve', '-c', configOf(name, listenOf(port, httpPort))],
        isReady: () => responds(`${url}/readyz`),
      })),
      ...Object.entries(PROBED).map(([cluster, clients]) => ({
        ...{ name: `probe-${cluster}`, role: 'prober' as const, cluster, program: node, isReady: alive },
        args: [
          PROGRAM,
          'probe',
          '--cluster',
          cluster,
          '--targets',
          targetsOf(folder, cluster, clients, nameservers),
          '-c',
          configOf(`probe-${cluster}`, {}),
        ],
      })),
      ...MONITORS.map(name => ({
        ...{ name, role: 'monitor' as const, program: node, isReady: alive },
        args: [PROGRAM, 'monitor', '-c', configOf(name, {})],
      })),
    ],
  }
}

function commonConfig(redisPort: number, edgePort: number, edges: readonly (EdgeAddress & { address: string })[]) {
  return {
    workers: 1,
    store: `redis://127.0.0.1:${redisPort}/0`,
    state: './var',
    geo: FIXTURE_GEO,
    zones: ['netcinema', 'kingcdn'].map(name => ({ file: join(REPOSITORY, `zones/${name}.com.zone`) })),
    clusters: Object.entries(PLACES).map(([id, location]) => ({
      ...{ id, tier: 'exchange', location, capacity: '10000rps' },
      servers: edges.filter(({ cluster }) => cluster === id).map(({ name, address }) => ({ id: name, ipv4: address })),
      health: {
        http: { path: '/healthz', port: edgePort },
        interval: `${CHECK_INTERVAL_MS}ms`,
        timeout: `${CHECK_TIMEOUT_MS}ms`,
        rise: CHECKS_TO_RISE,
      },
    })),
    services: [{ id: 'netcinema-vod', hostnames: ['video.netcinema.com'], cdnName: CDN_NAME, answers: 2 }],
    // On loopback all clusters are next door to each other: that must not be measured.
    probe: { interval: '1s', timeout: '500ms', methods: ['dns'], specialPurpose: true, optOut: ['127.11.0.0/16'] },
    load: { planInterval: '1s' },
    log: { level: 'warn', format: 'json' },
  }
}

/** Every nameserver stands for the same clients, so that one that is down does not leave them unmeasured. */
function targetsOf(folder: string, cluster: string, clients: string, servers: readonly { port: number }[]): string {
  const file = join(folder, `${cluster}.targets`)
  writeFileSync(file, servers.map(({ port }) => `127.0.0.1:${port} ${clients}\n`).join(''))
  return file
}

const listenOf = (port: number, httpPort: number) => ({
  listen: { dns: [`127.0.0.1:${port}`], http: `127.0.0.1:${httpPort}` },
})

/** It keeps nothing: one that was killed comes back empty. */
function redis(port: number, folder: string) {
  const isReady = async () => (await redisCommand(port, ['PING']).catch(() => '')).startsWith('+PONG')
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  return { args, isReady }
}

function edgeActor(
  { name, cluster, address }: EdgeAddress & { address: string },
  port: number,
  reportTo: readonly string[],
) {
  const url = `http://${address}:${port}`
  return {
    args: [EDGE, JSON.stringify({ address, port, cluster, server: name, reportTo })],
    isReady: () => responds(`${url}/healthz`),
    setSick: async (sick: boolean) => void (await fetch(`${url}/${sick ? 'sick' : 'well'}`, { method: 'POST' })),
  }
}

const responds = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    reply => reply.ok,
    () => false,
  )
