import { describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { name, openZones } from '../zone/zone-world.ts'

const ZONE = `
$ORIGIN e.
$TTL 300
@           SOA ns host 1 2 3 4 60
@           NS  ns.away.
a.b.c       TXT "deep"
*.w.v       A   192.0.2.1
sub         NS  ns.x.sub
ns.x.sub    A   192.0.2.2
hidden.y.sub TXT "below the cut"
*           MX  0 .
`
const world = openZones(
  [ZONE],
  [
    { kind: 'routed', owner: name('deep.in.service.e.'), id: 1, types: [RrType.A] },
    { kind: 'routed', owner: name('*.star.service2.e.'), id: 1, types: [RrType.A] },
    { kind: 'alias', owner: name('www.shop.e.'), target: name('deep.in.service.e.'), ttl: 300 },
  ],
)
const NODATA = { outcome: 'NoData', zone: 'e.' }

describe('RFC 8020 section 2 and RFC 4592 section 2.2.2: a name with something below it exists', () => {
  it.each([
    ['b.c.e.', 'above an owner'],
    ['c.e.', 'two above'],
    ['w.v.e.', 'above a wildcard'],
    ['v.e.', 'two above a wildcard'],
    ['in.service.e.', 'above the name of a service'],
    ['service.e.', 'two above'],
    ['star.service2.e.', 'above the wildcard of a service'],
    ['shop.e.', 'above a content hostname'],
  ])('%s, %s: no data, and the wildcard of the apex has no part in it', qname => {
    for (const type of ['A', 'MX', 'ANY', 'TYPE1000']) expect(world.ask(qname, type)).toEqual(NODATA)
  })

  it.each(['x.b.c.e.', 'x.c.e.', 'x.v.e.', 'x.service.e.', 'x.in.service.e.', 'x.shop.e.'])(
    '%s: nothing below one of them is synthesised from further up',
    qname => {
      expect(world.ask(qname, 'MX').outcome).toBe('NxDomain')
    },
  )

  it.each(['x.sub.e.', 'y.sub.e.', 'sub.e.', 'z.sub.e.', 'hidden.y.sub.e.'])(
    '%s: below a cut nothing is ours to say, whatever the zone holds there',
    qname => {
      expect(world.ask(qname, 'TXT')).toMatchObject({ outcome: 'Delegation', cut: 'sub.e.' })
    },
  )
})
