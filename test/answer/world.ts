import { Answerer } from '../../src/answer/answerer.ts'
import { type AnswerTables, Transport } from '../../src/answer/exchange.ts'
import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { hashText } from '../../src/base/hash.ts'
import { newPeer, type Peer, readPeer } from '../../src/base/peer.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import { rangesOfPrefixes } from '../../src/base/range-table.ts'
import { COUNTER_SLOTS, type CounterReading, readCounters, type Scalar } from '../../src/model/counters.ts'
import { FAMILY_V4, FAMILY_V6, LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import { NO_CLUSTER, ROW_SPECIAL, ROW_UNLOCATED, RouteTables, WHEN_ALL, WHEN_SERVFAIL } from '../../src/route/tables.ts'
import { parseName } from '../../src/wire/name.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { compileZones } from '../../src/zone/compile.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import { ZoneTables } from '../../src/zone/tables.ts'
import { buildQuery, type ParsedMessage, parseMessage, type QuerySpec } from '../fixture/message.ts'
import { CDN_EXAMPLE, EXAMPLE_COM, OURS_EXAMPLE_COM } from './zones.ts'

const name = (text: string) => parseName(text)!

/** Service 0 has addresses of both families; service 1 wants SERVFAIL when its one cluster is down. */
const OVERLAYS: readonly Overlay[] = [
  { kind: 'routed', owner: name('a1105.cdn.example.'), id: 0, types: [RrType.A, RrType.AAAA] },
  { kind: 'routed', owner: name('bare.cdn.example.'), id: 0, types: [RrType.A, RrType.AAAA] },
  { kind: 'routed', owner: name('strict.cdn.example.'), id: 1, types: [RrType.A] },
  { kind: 'alias', owner: name('video.example.com.'), target: name('a1105.cdn.example.'), ttl: 300 },
  { kind: 'alias', owner: name('*.video.example.com.'), target: name('a1105.cdn.example.'), ttl: 300 },
]

function zoneSections(writer: ArenaWriter): void {
  const texts = [EXAMPLE_COM, OURS_EXAMPLE_COM, CDN_EXAMPLE]
  const zones = texts.map(text => {
    const { zone, problems } = parseZoneText(text, { file: 'test.zone' })
    if (zone === null) throw new Error(JSON.stringify(problems))
    return zone
  })
  const compiled = compileZones([...zones, { origin: name('broken.example.'), broken: 'line 3: no SOA' }], OVERLAYS)
  if (compiled.problems.length > 0) throw new Error(JSON.stringify(compiled.problems))
  compiled.sections(writer)
}

/** Where clients are. Row 1: Seoul first; row 2: Tokyo first; row 3: special-purpose; row 0: nobody knows. */
const BLOCKS = [
  ['168.126.0.0/16', 1],
  ['126.0.0.0/8', 2],
  ['10.0.0.0/8', 3],
  ['2001:2b0::/32', 1],
  ['2400:4000::/22', 2],
  ['fc00::/7', 3],
] as const

/**
 * Two clusters with two servers each, by hand: icn 192.0.2.101 and .102, nrt 198.51.100.101 and .102; IPv6 2001:db8:cc::<last octet of IPv4>.
 * Written as the map compiler writes them, small enough that a test can say which prefix each scope must be.
 */
function routeSections(writer: ArenaWriter): void {
  const ranges = rangesOfPrefixes(BLOCKS.map(([text, value]) => ({ prefix: parsePrefix(text)!, value })))
  writer.addJson('route.meta', {
    generation: 1,
    clusters: ['icn', 'nrt'],
    servers: ['icn-1', 'icn-2', 'nrt-1', 'nrt-2'],
    services: ['vod', 'strict'],
    maps: 1,
  })
  const none = [NO_CLUSTER, NO_CLUSTER]
  writer.add('route.rows.slots', Uint16Array.from([0, 1, ...none, 0, 1, ...none, 1, 0, ...none, 0, 1, ...none]))
  writer.add('route.rows.ranks', new Uint8Array(16).fill(128))
  writer.add('route.rows.flags', Uint8Array.from([ROW_UNLOCATED, 0, 0, ROW_SPECIAL]))
  writer.add('route.buckets', new Uint32Array(0))
  writer.add('route.m0.starts4', ranges.v4.starts)
  writer.add('route.m0.rows4', ranges.v4.values)
  writer.add('route.m0.index4', index4(ranges.v4.starts))
  writer.add('route.m0.hi6', ranges.v6.hi)
  writer.add('route.m0.lo6', ranges.v6.lo)
  writer.add('route.m0.rows6', ranges.v6.values)
  writer.add('route.m0.fallbackAt', new Uint32Array(4))
  writer.add('route.m0.fallback', new Uint16Array(0))
  writer.add('route.m0.lastResort', new Uint16Array(0))
  writer.add('route.clusters.hash', Uint32Array.from(['icn', 'nrt'], hashText))
  writer.add('route.clusters.families', new Uint8Array(2).fill(FAMILY_V4 | FAMILY_V6))
  writer.add('route.clusters.servers', Uint32Array.from([0, 2, 4]))
  writer.add('route.clusters.stable', Uint32Array.from([40, 41]))
  writer.add('route.servers.families', new Uint8Array(4).fill(FAMILY_V4 | FAMILY_V6))
  writer.add('route.servers.address4', Uint8Array.from(SERVERS.flat()))
  writer.add('route.servers.address6', Uint8Array.from(SERVERS.flatMap(octets => ipv6(octets[3]!))))
  writer.add('route.orders.servers', Uint32Array.from([0, 1, 2, 3]))
  writer.add('route.orders.shares', Float64Array.from([1, 2, 1, 2]))
  const services = [0, 0, 30, 2, WHEN_ALL, 0, 70, 0, 0, 15, 1, WHEN_SERVFAIL, 0, 71]
  writer.add('route.services', Uint32Array.from(services))
  writer.add('route.services.address', new Uint8Array(32))
  writer.add('route.services.family', new Uint8Array(2))
}

const SERVERS = [
  [192, 0, 2, 101],
  [192, 0, 2, 102],
  [198, 51, 100, 101],
  [198, 51, 100, 102],
]
const ipv6 = (last: number): number[] => [0x20, 1, 0xd, 0xb8, 0, 0xcc, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]

function index4(starts: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: 65537 }, (_, k) =>
    Math.max(
      0,
      starts.findLastIndex(start => start <= k << 8),
    ),
  )
}

export interface World {
  readonly answerer: Answerer
  readonly tables: AnswerTables
  readonly counters: Float64Array
  /** State (`STATE_*`) of each of the two clusters from now on. */
  setStates(states: readonly [number, number]): void
  ask(spec: QuerySpec, how?: Ask): ParsedMessage
  /** The same with bytes in and bytes out; length 0 = silence. */
  exchange(message: Uint8Array, how?: Ask): Uint8Array
  read(): CounterReading
}
export interface Ask {
  readonly from?: string
  readonly transport?: Transport
}

export interface WorldOptions {
  readonly nsid?: string
  readonly ecs?: boolean
  /** false: no tables yet. */
  readonly tables?: boolean
}

let arena: Arena | null = null

function openArena(): Arena {
  if (arena !== null) return arena
  const writer = new ArenaWriter()
  zoneSections(writer)
  routeSections(writer)
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  arena = verdict.arena
  return arena
}

export function openWorld({ nsid = 'ns1', ecs = true, tables: ready = true }: WorldOptions = {}): World {
  const counters = new Float64Array(COUNTER_SLOTS)
  const answerer = new Answerer({ nsid, ecs, maxPayload: 1232, counters })
  const live = LiveTable.create(new SharedArrayBuffer(liveTableBytes(2, 4)), 2, 4)
  const setStates = (states: readonly [number, number]): void =>
    live.publish(half => {
      half.level.fill(0)
      half.drain.fill(0)
      half.state.set(states)
      half.families.fill(FAMILY_V4 | FAMILY_V6)
      half.servers.fill(FAMILY_V4 | FAMILY_V6)
    })
  setStates([0, 0])
  const tables = { zones: ZoneTables.open(openArena()), routes: RouteTables.open(openArena()), live, generation: 1 }
  if (ready) answerer.use(tables)
  const out = new Uint8Array(65535)
  const exchange = (message: Uint8Array, { from = '192.0.2.200', transport = Transport.Udp }: Ask = {}) => {
    const length = answerer.answer(message, message.length, peerOf(from), transport, out)
    return out.slice(0, length)
  }
  const ask = (spec: QuerySpec, how?: Ask): ParsedMessage => parseMessage(exchange(buildQuery(spec), how))
  return { answerer, tables, counters, setStates, ask, exchange, read: () => readCounters(counters) }
}

export function peerOf(text: string): Peer {
  const peer = newPeer()
  if (!readPeer(text, peer)) throw new Error(`not an address: ${text}`)
  return peer
}

/** The scalar counters that `act` moved, and by how much. */
export function moved(world: World, act: () => void): Partial<Record<Scalar, number>> {
  const before = world.read().scalars
  act()
  const after = world.read().scalars
  const names = Object.keys(after) as Scalar[]
  return Object.fromEntries(names.flatMap(key => (after[key] === before[key] ? [] : [[key, after[key] - before[key]]])))
}

/** RCODE, AA, TC and the sections as text: what most tests compare. */
export function told(
  message: ParsedMessage,
  text: (message: ParsedMessage, section: ParsedMessage['answer']) => string[],
) {
  return {
    rcode: message.rcode,
    aa: message.aa,
    tc: message.tc,
    answer: text(message, message.answer),
    authority: text(message, message.authority),
    additional: text(message, message.additional),
  }
}
