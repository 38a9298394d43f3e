import { describe, expect, it } from 'vitest'
import { ArenaWriter } from '../../src/base/arena.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { compileZones } from '../../src/zone/compile.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import { name, openZones, zoneOf } from './zone-world.ts'

const NETCINEMA = `
$ORIGIN netcinema.com.
$TTL 300
@      SOA ns1 host 1 2 3 4 60
@      NS  ns1
ns1    A   192.0.2.1
static A   192.0.2.2
six    AAAA 2001:db8::1
svc    HTTPS 0 x.
cname  CNAME static
note   TXT "hello"
sub    NS  ns.sub
ns.sub A   192.0.2.3
gone   DNAME elsewhere.test.
`
const KINGCDN = '$ORIGIN kingcdn.com.\n$TTL 300\n@ SOA ns1 host 1 2 3 4 60\n@ NS ns1\nns1 A 198.51.100.1\n'

const routed = (owner: string, id = 0, types: number[] = [RrType.A]): Overlay => ({
  kind: 'routed',
  owner: name(owner),
  id,
  types,
})
const alias = (owner: string, target = 'a1105.kingcdn.com.'): Overlay => ({
  kind: 'alias',
  owner: name(owner),
  target: name(target),
  ttl: 120,
})
const open = (...overlays: Overlay[]) => openZones([NETCINEMA, KINGCDN], overlays)

describe('services laid over zones', () => {
  const world = open(
    routed('a1105.kingcdn.com.', 3, [RrType.A, RrType.AAAA, RrType.HTTPS]),
    alias('video.netcinema.com.'),
    alias('*.video.netcinema.com.'),
    routed('netcinema.com.', 4, [RrType.A]),
    routed('note.netcinema.com.', 5, [RrType.AAAA]),
    routed('deep.in.kingcdn.com.', 6),
  )

  it('none of these has a problem', () => {
    expect(world.compiled.problems).toEqual([])
  })

  it('a content hostname is a CNAME of the CDN name, with the TTL of the service', () => {
    expect(world.ask('video.netcinema.com.')).toEqual({
      outcome: 'FollowCname',
      zone: 'netcinema.com.',
      data: ['video.netcinema.com. 120 CNAME a1105.kingcdn.com.'],
    })
    expect(world.ask('hd.video.netcinema.com.', 'AAAA')).toMatchObject({ outcome: 'FollowCname', wildcard: true })
    expect(world.ask('video.netcinema.com.', 'CNAME').outcome).toBe('Hit')
  })

  it('a CDN name is routed for the types the service answers, and for no other', () => {
    for (const type of ['A', 'AAAA', 'HTTPS'])
      expect(world.ask('a1105.kingcdn.com.', type)).toEqual({ outcome: 'Routed', zone: 'kingcdn.com.', routed: 3 })
    for (const type of ['TXT', 'MX', 'CNAME', 'TYPE65280', 'TYPE97', 'TYPE29'])
      expect(world.ask('a1105.kingcdn.com.', type)).toEqual({ outcome: 'NoData', zone: 'kingcdn.com.', routed: 3 })
    expect(world.ask('a1105.kingcdn.com.', 'ANY')).toEqual({ outcome: 'Any', zone: 'kingcdn.com.', routed: 3 })
  })

  it('at an apex the zone keeps its SOA, NS and negative answers', () => {
    expect(world.ask('netcinema.com.')).toEqual({ outcome: 'Routed', zone: 'netcinema.com.', routed: 4 })
    expect(world.ask('netcinema.com.', 'SOA')).toMatchObject({ outcome: 'Hit', routed: 4 })
    expect(world.ask('netcinema.com.', 'AAAA')).toMatchObject({ outcome: 'NoData', routed: 4 })
    expect(world.ask('nope.netcinema.com.')).toEqual({ outcome: 'NxDomain', zone: 'netcinema.com.' })
  })

  it('static data of another type at a routed owner stays answerable', () => {
    expect(world.ask('note.netcinema.com.', 'TXT')).toMatchObject({ outcome: 'Hit', routed: 5 })
    expect(world.ask('note.netcinema.com.', 'AAAA')).toMatchObject({ outcome: 'Routed', routed: 5 })
  })

  it('names between the apex and a service exist: empty non-terminals', () => {
    expect(world.ask('in.kingcdn.com.')).toEqual({ outcome: 'NoData', zone: 'kingcdn.com.' })
  })

  it('neither records nor serial of the zones change', () => {
    expect(world.tables.zones.map(zone => zone.records)).toEqual([11, 3])
    expect(world.tables.zones.map(zone => zone.serial)).toEqual([1, 1])
  })
})

describe('services that cannot be are left out, and say why', () => {
  it.each([
    [[routed('a.test.')], 0, 'a.test. lies in no configured zone; add the zone that holds it'],
    [
      [alias('static.netcinema.com.')],
      0,
      /static A record in its zone; remove it, the CNAME of the name comes? from the service/,
    ],
    [[alias('note.netcinema.com.')], 0, /static TXT record/],
    [[alias('netcinema.com.')], 0, /static NS record/],
    [
      [routed('static.netcinema.com.')],
      0,
      /static A record in its zone; remove it, the addresses of the name come from the service/,
    ],
    [[routed('six.netcinema.com.')], 0, /static AAAA record/],
    [[routed('svc.netcinema.com.')], 0, /static HTTPS record/],
    [[routed('cname.netcinema.com.')], 0, /static CNAME record/],
    [
      [routed('sub.netcinema.com.')],
      0,
      'sub.netcinema.com. lies at or below a zone cut of netcinema.com., so netcinema.com. does not answer it',
    ],
    [[alias('x.y.sub.netcinema.com.')], 0, /at or below a zone cut/],
    [
      [routed('x.gone.netcinema.com.')],
      0,
      'x.gone.netcinema.com. lies below a DNAME of netcinema.com., so it cannot be asked for',
    ],
    [
      [routed('s.kingcdn.com.', 0), routed('s.kingcdn.com.', 1)],
      1,
      's.kingcdn.com. belongs to a service already; a name has one service',
    ],
    [[alias('s.netcinema.com.'), alias('s.netcinema.com.')], 1, /belongs to a service already/],
    [[routed('s.netcinema.com.'), alias('s.netcinema.com.')], 1, /belongs to a service already/],
    [[alias('s.netcinema.com.'), routed('s.netcinema.com.')], 1, /belongs to a service already/],
    [[alias('*.w.netcinema.com.'), alias('*.w.netcinema.com.')], 1, /belongs to a service already/],
    [[routed('s.kingcdn.com.', 0, [257])], 0, 'a service cannot answer CAA; legal are types 1 to 95'],
  ] as [Overlay[], number, string | RegExp][])('%#', (overlays, index, message) => {
    const { problems } = open(...overlays).compiled
    expect(problems).toHaveLength(1)
    expect(problems[0]!.overlay).toBe(index)
    expect(problems[0]!.message).toMatch(message)
  })

  it('what is left out leaves the zone as it was', () => {
    const world = open(alias('static.netcinema.com.'), routed('x.gone.netcinema.com.'), alias('a.b.sub.netcinema.com.'))
    expect(world.ask('static.netcinema.com.').outcome).toBe('Hit')
    expect(world.ask('x.gone.netcinema.com.').outcome).toBe('FollowDname')
    expect(world.ask('b.sub.netcinema.com.').outcome).toBe('Delegation')
  })

  it('a zone with DNSKEY takes no service: its answers could not be signed', () => {
    const signed = openZones([`${KINGCDN}@ DNSKEY 257 3 13 AAAA\n`], [routed('s.kingcdn.com.')])
    expect(signed.compiled.problems[0]!.message).toMatch(/kingcdn\.com\., which carries DNSKEY/)
  })

  it('in a zone that did not load a service is left out silently', () => {
    const broken = openZones([{ origin: name('kingcdn.com.'), broken: 'x' }], [routed('s.kingcdn.com.')])
    expect(broken.compiled.problems).toEqual([])
    expect(broken.ask('s.kingcdn.com.').outcome).toBe('Broken')
  })
})

describe('compiling', () => {
  it('of two zones with one name the first is served, and the second is told', () => {
    const twice = openZones([KINGCDN, `${KINGCDN}second A 192.0.2.9\n`])
    expect(twice.compiled.problems).toEqual([
      { zone: 1, message: 'zone kingcdn.com. is configured twice; the first is served' },
    ])
    expect(twice.ask('second.kingcdn.com.').outcome).toBe('NxDomain')
  })

  it('a result may be written into several arenas, and equal input gives equal bytes', () => {
    const bytes = () => {
      const writer = new ArenaWriter()
      compiled.sections(writer)
      const buffer = new ArrayBuffer(writer.byteLength)
      writer.writeTo(buffer)
      return new Uint8Array(buffer)
    }
    let compiled = compileZones([zoneOf(NETCINEMA)], [alias('v.netcinema.com.')])
    const first = bytes()
    expect(bytes()).toEqual(first)
    compiled = compileZones([zoneOf(NETCINEMA)], [alias('v.netcinema.com.')])
    expect(bytes()).toEqual(first)
  })

  it('no zones at all: nothing is ours', () => {
    expect(openZones([]).ask('example.com.')).toEqual({ outcome: 'NotOurs' })
  })

  it('many zones, many names: every one is found', () => {
    const zones = Array.from({ length: 300 }, (_, z) => {
      const hosts = Array.from({ length: 20 }, (_, h) => `h${h}.d${h % 3} A 10.0.${z % 256}.${h}`).join('\n')
      return `$ORIGIN z${z}.test.\n$TTL 60\n@ SOA a. b. ${z} 2 3 4 5\n@ NS a.\n${hosts}\n`
    })
    const world = openZones(zones)
    for (let z = 0; z < 300; z += 7)
      for (let h = 0; h < 20; h++)
        expect(world.ask(`h${h}.d${h % 3}.z${z}.test.`).data).toEqual([
          `h${h}.d${h % 3}.z${z}.test. 60 A 10.0.${z % 256}.${h}`,
        ])
    expect(world.ask('h1.d0.z5.test.').outcome).toBe('NxDomain')
    expect(world.ask('z300.test.').outcome).toBe('NotOurs')
  })
})
