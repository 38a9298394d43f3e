import { describe, expect, it } from 'vitest'
import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import { serviceTypes } from '../../src/plan/service-types.ts'
import { orderGroups } from '../../src/route/order-groups.ts'
import { explainName } from '../../src/worker/explain.ts'
import { overlaysOf } from '../../src/worker/overlays.ts'
import { compileZones } from '../../src/zone/compile.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { ZoneTables } from '../../src/zone/tables.ts'
import { cluster, compile, mapInput, place, service } from '../route/fixture.ts'

const ZONE = '$ORIGIN cdn.example.\n@ 60 SOA ns1 host 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n'

/** Service `six` has addresses of IPv6 alone, and HTTPS; www.cdn.example is shared, and leads to it. */
const TEXT = {
  clusters: [cluster('icn', 'seoul', { servers: [{ id: 'icn-1', ipv6: '2001:db8::1', weight: 1 }] })],
  services: [
    service('six', ['icn'], { https: { alpn: ['h3'], port: 443, noDefaultAlpn: false } }),
    service('web', ['icn'], { hostnames: ['www.cdn.example.'], targets: [{ cname: 'six.cdn.example.', weight: 1 }] }),
  ],
  places: [place('seoul')],
}

function zonesOf(): ZoneTables {
  const { services } = TEXT
  const { zone } = parseZoneText(ZONE, { file: 'test.zone' })
  const overlays = overlaysOf(services, serviceTypes(mapInput(TEXT).deployment), [zone!.origin])
  const compiled = compileZones(
    [zone!],
    overlays.map(({ overlay }) => overlay),
  )
  const writer = new ArenaWriter()
  compiled.sections(writer)
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind !== 'ok') throw new Error(verdict.reason)
  return ZoneTables.open(verdict.arena)
}

const { tables, world, live } = compile(TEXT)
const zones = zonesOf()
const shape = [1, 1, orderGroups(TEXT.services).length, TEXT.services.length] as const
const table = LiveTable.create(new SharedArrayBuffer(liveTableBytes(...shape)), ...shape)
table.publish(half => {
  for (const column of Object.keys(live) as (keyof typeof live)[]) half[column].set(live[column])
})

const ask = (name: string, type: string) =>
  explainName({ name, type, client: { address: '192.0.2.9', length: null } }, zones, tables, world, table)

describe('explain of a type that a service does not have', () => {
  it('says so of its name, and which it has', () => {
    expect(ask('six.cdn.example.', 'A')).toEqual({
      kind: 'refused',
      code: 'not-found',
      message: 'six.cdn.example. has no A; service six answers AAAA, HTTPS',
    })
    expect(ask('six.cdn.example.', 'HTTPS')).toMatchObject({ kind: 'trail', trail: { service: 'six' } })
  })

  it('says so where a shared name leads to it: no other CDN answers', () => {
    const verdict = ask('www.cdn.example.', 'A')
    expect(verdict).toMatchObject({
      kind: 'trail',
      trail: { answers: [], reason: 'six.cdn.example. has no A; service six answers AAAA, HTTPS' },
    })
  })

  it('of other names says that they lead to no service', () => {
    expect(ask('ns1.cdn.example.', 'A')).toMatchObject({ message: expect.stringContaining('leads to no service') })
  })
})
