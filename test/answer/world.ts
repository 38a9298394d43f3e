import { Answerer } from '../../src/answer/answerer.ts'
import { type AnswerTables, Transport } from '../../src/answer/exchange.ts'
import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import { newPeer, type Peer, readPeer } from '../../src/base/peer.ts'
import type { AnswerSettings } from '../../src/model/answer-settings.ts'
import type { Server } from '../../src/model/cluster.ts'
import { COUNTER_SLOTS, type CounterReading, readCounters, type Scalar } from '../../src/model/counters.ts'
import { FAMILY_V4, FAMILY_V6, LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { Target } from '../../src/model/service.ts'
import { compileMaps } from '../../src/plan/compile-map.ts'
import { newRouting } from '../../src/route/client.ts'
import { route } from '../../src/route/route.ts'
import { RouteTables } from '../../src/route/tables.ts'
import { parseName } from '../../src/wire/name.ts'
import { bindingRdata } from '../../src/wire/rdata/service-binding.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { type CompiledZones, compileZones } from '../../src/zone/compile.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import type { ParsedZone } from '../../src/zone/parsed-zone.ts'
import { ZoneTables } from '../../src/zone/tables.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildQuery, type ParsedMessage, parseMessage, type QuerySpec } from '../fixture/message.ts'
import { clientOf, cluster, mapInput, place, service } from '../route/fixture.ts'
import { CDN_EXAMPLE, EXAMPLE_COM, OURS_EXAMPLE_COM } from './zones.ts'

const name = (text: string) => parseName(text)!

/** What the HTTPS records of service 2 say before their hints. */
const BINDING = bindingRdata({ alpn: ['h2', 'h3'], port: 8443, noDefaultAlpn: false })
const TARGETS: readonly Target[] = [
  { cname: 'tls.cdn.example.', weight: 2, countries: ['KR', 'GB'] },
  { cname: 'shop.othercdn.net.', weight: 1 },
  { cname: 'a1105.cdn.example.', weight: 1 },
]

/**
 * Service 0 has addresses of both families; service 1 wants SERVFAIL when its one cluster is down; service 2 has HTTPS records, and its hostnames
 * are shared by {@link TARGETS}.
 */
const OVERLAYS: readonly Overlay[] = [
  { kind: 'routed', owner: name('a1105.cdn.example.'), id: 0, types: [RrType.A, RrType.AAAA] },
  { kind: 'routed', owner: name('bare.cdn.example.'), id: 0, types: [RrType.A, RrType.AAAA] },
  { kind: 'routed', owner: name('strict.cdn.example.'), id: 1, types: [RrType.A] },
  { kind: 'routed', owner: name('tls.cdn.example.'), id: 2, types: [1, 28, 65], binding: BINDING },
  ...['shop.example.com.', '*.shop.example.com.'].map(
    (owner): Overlay => ({
      ...{ kind: 'shared', owner: name(owner), id: 2, ttl: 600 },
      targets: TARGETS.map(({ cname }) => name(cname)),
    }),
  ),
  { kind: 'alias', owner: name('video.example.com.'), target: name('a1105.cdn.example.'), ttl: 300 },
  { kind: 'alias', owner: name('*.video.example.com.'), target: name('a1105.cdn.example.'), ttl: 300 },
]

const ZONES = [EXAMPLE_COM, OURS_EXAMPLE_COM, CDN_EXAMPLE]
const BROKEN = { origin: name('broken.example.'), broken: 'line 3: no SOA' }

function zoneOf(text: string): ParsedZone {
  const { zone, problems } = parseZoneText(text, { file: 'test.zone' })
  if (zone === null) throw new Error(JSON.stringify(problems))
  return zone
}

/** The zones of the world, or in their place `texts`, over which no service is laid. */
function compiledZones(texts: readonly string[] | null): CompiledZones {
  const compiled =
    texts === null ? compileZones([...ZONES.map(zoneOf), BROKEN], OVERLAYS) : compileZones(texts.map(zoneOf))
  if (compiled.problems.length > 0) throw new Error(JSON.stringify(compiled.problems))
  return compiled
}

/**
 * Clients of 168.126.0.0/16 and 2001:2b0::/32 are in Seoul, of 126.0.0.0/8 and 2400:4000::/22 in Tokyo; each city has a cluster of two servers:
 * icn 192.0.2.101 and .102, nrt 198.51.100.111 and .112, with IPv6 2001:db8:cc::<last octet of IPv4>.
 */
const ROUTES = {
  ...mapInput({
    clusters: [
      cluster('icn', 'seoul', { servers: servers('icn', '192.0.2', 101) }),
      cluster('nrt', 'tokyo', { servers: servers('nrt', '198.51.100', 111) }),
    ],
    services: [
      service('vod', ['icn', 'nrt'], { answers: 2 }),
      service('strict', ['icn'], { whenAllDown: { kind: 'servfail' } }),
      service('tls', ['icn', 'nrt'], {
        ...{ answers: 2, cdnName: 'tls.cdn.example.', targets: TARGETS },
        https: { alpn: ['h2', 'h3'], port: 8443, noDefaultAlpn: false },
      }),
    ],
    places: [place('seoul'), place('tokyo')],
    city: { '168.126.0.0/16': 1, '126.0.0.0/8': 2, '2001:2b0::/32': 1, '2400:4000::/22': 2 },
  }),
  stable: {
    services: { vod: 70, strict: 71, tls: 72 },
    clusters: { icn: 40, nrt: 41 },
    targets: Object.fromEntries(TARGETS.map(({ cname }, i) => [cname, 90 + i])),
  },
}

function servers(id: string, prefix: string, from: number): Server[] {
  return [0, 1].map(i => ({
    id: `${id}-${i + 1}`,
    ipv4: `${prefix}.${from + i}`,
    ipv6: `2001:db8:cc::${from + i}`,
    weight: 1,
  }))
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
  /** What `route` itself says of service 0: the scope for an ECS address. */
  scopeOf(ecs: string, resolver?: string): number
}
export interface Ask {
  readonly from?: string
  readonly transport?: Transport
  /** Octets of the buffer that the reply is written into, at least 512. */
  readonly room?: number
}

export interface WorldOptions {
  readonly nsid?: string
  readonly ecs?: boolean
  /** false: no tables yet. */
  readonly tables?: boolean
  /** Master files in place of the usual zones; then no name belongs to a service. */
  readonly zones?: readonly string[]
  readonly settings?: AnswerSettings
  /** Unix ms. */
  readonly now?: () => number
  readonly idleMs?: number
  readonly cacheSlots?: number
  /** See `AnswererOptions`. */
  readonly stopwatch?: () => number
  /** Stable number of each zone. */
  readonly zoneNumbers?: Uint32Array
}

let usual: Arena | null = null

function usualArena(): Arena {
  usual ??= openArena(null)
  return usual
}

function openArena(texts: readonly string[] | null): Arena {
  const writer = new ArenaWriter()
  compiledZones(texts).sections(writer)
  compileMaps(ROUTES).write(writer)
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.arena
}

export function openWorld({
  nsid = 'ns1',
  ecs = true,
  tables: ready = true,
  zones: texts,
  settings = BARE_SETTINGS,
  now = () => 1_700_000_000_000,
  idleMs = 10_000,
  cacheSlots = 1024,
  stopwatch,
  zoneNumbers,
}: WorldOptions = {}): World {
  const counters = new Float64Array(COUNTER_SLOTS)
  const clock = { now: () => millis(now()) }
  const answerer = new Answerer({
    nsid,
    ecs,
    maxPayload: 1232,
    idleMs,
    counters,
    settings,
    clock,
    secret: new Uint32Array(4),
    note: () => {},
    cacheSlots,
    ...(stopwatch === undefined ? {} : { stopwatch }),
  })
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
  const arena = texts === undefined ? usualArena() : openArena(texts)
  const tables = {
    ...{ zones: ZoneTables.open(arena), routes: RouteTables.open(arena), live, generation: 1 },
    ...(zoneNumbers === undefined ? {} : { zoneNumbers }),
  }
  if (ready) answerer.use(tables)
  const out = new Uint8Array(65535)
  const exchange = (
    message: Uint8Array,
    { from = '192.0.2.200', transport = Transport.Udp, room = out.length }: Ask = {},
  ) => {
    const length = answerer.answer(message, message.length, peerOf(from), transport, out.subarray(0, room))
    return out.slice(0, length)
  }
  const ask = (spec: QuerySpec, how?: Ask): ParsedMessage => parseMessage(exchange(buildQuery(spec), how))
  const scopeOf = (ecs: string, resolver?: string): number => {
    const out = newRouting()
    route(tables.routes, live.current(), 0, 4, clientOf(ecs, resolver), out)
    return out.scope
  }
  return { answerer, tables, counters, setStates, ask, exchange, read: () => readCounters(counters), scopeOf }
}

export function peerOf(text: string): Peer {
  const peer = newPeer()
  if (!readPeer(text, peer)) throw new Error(`not an address: ${text}`)
  return peer
}

/** Whether an answer was remembered shows in no reply: what does is tested with the cache. */
const OF_THE_CACHE: readonly Scalar[] = ['cacheHits', 'cacheMisses', 'cacheStored']

/** The scalar counters that `act` moved, and by how much; those of the cache left out. */
export function moved(world: World, act: () => void): Partial<Record<Scalar, number>> {
  const before = world.read().scalars
  act()
  const after = world.read().scalars
  const names = (Object.keys(after) as Scalar[]).filter(name => !OF_THE_CACHE.includes(name))
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
