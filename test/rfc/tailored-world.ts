import { Answerer } from '../../src/answer/answerer.ts'
import { Transport } from '../../src/answer/exchange.ts'
import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import { COUNTER_SLOTS, type CounterReading, readCounters } from '../../src/model/counters.ts'
import { type LiveHalf, LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { Service } from '../../src/model/service.ts'
import { compileMaps } from '../../src/plan/compile-map.ts'
import { fillLive } from '../../src/plan/live.ts'
import { RouteTables } from '../../src/route/tables.ts'
import { parseName } from '../../src/wire/name.ts'
import { bindingRdata } from '../../src/wire/rdata/service-binding.ts'
import { overlaysOf as placedOverlays } from '../../src/worker/overlays.ts'
import { compileZones } from '../../src/zone/compile.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import { ZoneTables } from '../../src/zone/tables.ts'
import { type Ask, peerOf } from '../answer/world.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildQuery, type ParsedMessage, parseMessage, type QuerySpec } from '../fixture/message.ts'
import { mapInput, type WorldText } from '../route/fixture.ts'

/**
 * Two zones, in each of which every service of the world answers at `<service>.cdn.example` and `<service>.cdn.test`; one with targets shares
 * `www-<service>` there among them.
 */
const ORIGINS = ['cdn.example', 'cdn.test'] as const

const zoneText = (origin: string): string => `
$ORIGIN ${origin}.
$TTL 600
@      SOA   ns1 hostmaster 7 7200 3600 1209600 60
@      NS    ns1
ns1    A     192.0.2.10
static A     192.0.2.11
static AAAA  2001:db8::11
`

/** Whole messages against any deployment: the answerer over compiled zones and maps, without sockets. */
export interface TailoredWorld {
  readonly services: readonly Service[]
  /** Record types of each service. */
  readonly types: readonly (readonly number[])[]
  ask(spec: QuerySpec, how?: Ask): ParsedMessage
  exchange(message: Uint8Array, how?: Ask): Uint8Array
  /** Publishes a live table: everything is well, then `change`. */
  live(change?: (half: LiveHalf) => void): void
  read(): CounterReading
}

export interface TailoredOptions {
  /** Master files beside those of the services. */
  readonly zones?: readonly string[]
  readonly maxPayload?: number
  readonly nsid?: string
}

export function openTailored(text: WorldText, options: TailoredOptions = {}): TailoredWorld {
  const input = mapInput(text)
  const { clusters, services } = input.deployment
  const maps = compileMaps(input)
  const texts = [...ORIGINS.map(zoneText), ...(options.zones ?? [])]
  const writer = new ArenaWriter()
  const zones = texts.map(each => parseZoneText(each, { file: 'test.zone' }).zone!)
  const origins = zones.map(({ origin }) => origin)
  const hostnames = placedOverlays(services, maps.types, origins).filter(({ path }) => path.includes('.hostnames['))
  compileZones(zones, [...overlaysOf(services, maps.types), ...hostnames.map(({ overlay }) => overlay)]).sections(
    writer,
  )
  maps.write(writer)
  const arena = openArena(writer)
  const counters = new Float64Array(COUNTER_SLOTS)
  const answerer = new Answerer({
    nsid: options.nsid ?? 'ns1',
    ecs: true,
    maxPayload: options.maxPayload ?? 1232,
    idleMs: 10_000,
    counters,
    settings: BARE_SETTINGS,
    clock: { now: () => millis(1_700_000_000_000) },
    secret: new Uint32Array(4),
    note: () => {},
  })
  const servers = clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0)
  const shape = [clusters.length, servers, 0, services.length] as const
  const table = LiveTable.create(new SharedArrayBuffer(liveTableBytes(...shape)), ...shape)
  const live = (change: (half: LiveHalf) => void = () => {}): void =>
    table.publish(half => {
      fillLive(half, { clusters, services, groups: [] }, null)
      change(half)
    })
  live()
  answerer.use({ zones: ZoneTables.open(arena), routes: RouteTables.open(arena), live: table, generation: 1 })
  const out = new Uint8Array(65535)
  const exchange = (message: Uint8Array, { from = '9.9.9.9', transport = Transport.Udp }: Ask = {}): Uint8Array =>
    out.slice(0, answerer.answer(message, message.length, peerOf(from), transport, out))
  const ask = (spec: QuerySpec, how?: Ask): ParsedMessage => parseMessage(exchange(buildQuery(spec), how))
  return { services, types: maps.types, ask, exchange, live, read: () => readCounters(counters) }
}

function overlaysOf(services: readonly Service[], types: readonly (readonly number[])[]): Overlay[] {
  return ORIGINS.flatMap(origin =>
    services.flatMap(({ id: name, https, targets, ttl }, id): Overlay[] => {
      const owner = parseName(`${name}.${origin}.`)!
      const binding = https === undefined ? {} : { binding: bindingRdata(https) }
      const routed: Overlay = { kind: 'routed', owner, id, types: types[id]!, ...binding }
      if (targets === undefined) return [routed]
      const names = targets.map(({ cname }) => parseName(cname)!)
      const shared = parseName(`www-${name}.${origin}.`)!
      return [routed, { kind: 'shared', owner: shared, id, targets: names, ttl: ttl.cname }]
    }),
  )
}

function openArena(writer: ArenaWriter): Arena {
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.arena
}
