import { describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { name, openZones } from '../zone/zone-world.ts'

/** The zone of RFC 4592 section 2.2.1. */
const world = openZones([
  `
$ORIGIN example.
$TTL 3600
example.                 SOA   ns.example.com. host 1 2 3 4 5
example.                 NS    ns.example.com.
example.                 NS    ns.example.net.
*.example.               TXT   "this is a wildcard"
*.example.               MX    10 host1.example.
sub.*.example.           TXT   "this is not a wildcard"
host1.example.           A     192.0.2.1
_ssh._tcp.host1.example. SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. SRV   0 0 22 host1.example.
subdel.example.          NS    ns.example.com.
subdel.example.          NS    ns.example.net.
`,
])

describe('RFC 4592 section 2.2.1: the queries of the RFC', () => {
  it.each([
    ['host3.example.', 'MX', 'Hit'],
    ['host3.example.', 'A', 'NoData'],
    ['foo.bar.example.', 'TXT', 'Hit'],
  ] as const)('%s %s is synthesised: %s', (qname, type, outcome) => {
    expect(world.ask(qname, type)).toMatchObject({ outcome, wildcard: true })
  })

  it.each([
    ['host1.example.', 'MX', 'NoData', 'because host1.example. exists'],
    ['sub.*.example.', 'MX', 'NoData', 'because sub.*.example. exists'],
    ['_telnet._tcp.host1.example.', 'SRV', 'NxDomain', 'because _tcp.host1.example. exists, without data'],
    ['host.subdel.example.', 'A', 'Delegation', 'because subdel.example. exists and is a zone cut'],
    ['ghost.*.example.', 'MX', 'NxDomain', 'because *.example. exists'],
  ] as const)('%s %s is not: %s, %s', (qname, type, outcome, _why) => {
    const said = world.ask(qname, type)
    expect(said.outcome).toBe(outcome)
    expect(said.wildcard).toBeUndefined()
  })
})

describe('RFC 4592 section 2.2.2 and 3.3: closest encloser and source of synthesis', () => {
  it('an empty non-terminal blocks: nothing is synthesised at or below host2.example.', () => {
    expect(world.ask('host2.example.', 'TXT')).toEqual({ outcome: 'NoData', zone: 'example.' })
    expect(world.ask('other.host2.example.', 'TXT').outcome).toBe('NxDomain')
  })

  it('asked for by its own name a wildcard is a name like any other', () => {
    expect(world.ask('*.example.', 'TXT')).toEqual({
      outcome: 'Hit',
      zone: 'example.',
      data: ['*.example. 3600 TXT "this is a wildcard"'],
    })
  })

  it('a star in the middle is literal', () => {
    expect(world.ask('sub.*.example.', 'TXT').outcome).toBe('Hit')
    expect(world.ask('sub.x.example.', 'TXT')).toMatchObject({ data: ['*.example. 3600 TXT "this is a wildcard"'] })
  })

  it('an asterisk is a wildcard only as a label of its own', () => {
    const near = openZones(['$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n**.e. TXT "two"\n*a.e. TXT "more"\n'])
    expect(near.ask('x.e.', 'TXT').outcome).toBe('NxDomain')
  })

  it('an escaped asterisk is a wildcard: the escape is only a way to write it', () => {
    const escaped = openZones(['$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n\\042.e. TXT "star"\n'])
    expect(escaped.ask('x.e.', 'TXT')).toMatchObject({ outcome: 'Hit', wildcard: true })
  })

  it('a wildcard without data of its own still covers: NoData', () => {
    const hollow = openZones(['$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\nx.*.e. TXT "below"\n'])
    expect(hollow.ask('q.e.', 'TXT')).toEqual({ outcome: 'NoData', zone: 'e.', wildcard: true })
    expect(hollow.ask('q.e.', 'ANY')).toEqual({ outcome: 'NoData', zone: 'e.', wildcard: true })
  })

  it('ANY is synthesised too', () => {
    expect(world.ask('host3.example.', 'ANY')).toEqual({ outcome: 'Any', zone: 'example.', wildcard: true })
  })
})

describe('RFC 4592 section 4.1 to 4.6: wildcards of special types', () => {
  const special = openZones([
    `$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n*.c CNAME target.e.\n*.ds DS 1 8 2 ${'AB'.repeat(32)}\n`,
  ])

  it('section 4.3: a wildcard CNAME redirects like any other', () => {
    expect(special.ask('x.c.e.')).toEqual({
      outcome: 'FollowCname',
      zone: 'e.',
      data: ['*.c.e. 1 CNAME target.e.'],
      wildcard: true,
    })
    expect(special.ask('x.c.e.', 'CNAME').outcome).toBe('Hit')
  })

  it('sections 4.2 and 4.4: NS and DNAME at a wildcard are data; they neither cut nor redirect', () => {
    const text =
      '$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n*.n NS ns.away.\nx.*.n TXT "below"\n*.d DNAME new.\n'
    const star = openZones([text])
    expect(star.ask('q.n.e.', 'NS')).toMatchObject({ outcome: 'Hit', data: ['*.n.e. 1 NS ns.away.'], wildcard: true })
    expect(star.ask('q.n.e.', 'A')).toEqual({ outcome: 'NoData', zone: 'e.', wildcard: true })
    expect(star.ask('*.n.e.', 'NS').outcome).toBe('Hit')
    expect(star.ask('x.*.n.e.', 'TXT').outcome).toBe('Hit')
    expect(star.ask('q.d.e.', 'DNAME')).toMatchObject({ outcome: 'Hit', wildcard: true })
    expect(star.ask('x.q.d.e.', 'A')).toEqual({ outcome: 'NoData', zone: 'e.', wildcard: true })
    expect(star.ask('x.*.d.e.', 'A').outcome).toBe('NxDomain')
  })

  it('section 4.6: a wildcard DS is synthesised like any other', () => {
    expect(special.ask('x.ds.e.', 'DS')).toMatchObject({ outcome: 'Hit', wildcard: true })
  })

  it('a wildcard of a service covers names, but not those that exist', () => {
    const services = openZones(
      [
        '$ORIGIN e.\n$TTL 1\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n*.v TXT "beside"\nwww.v A 192.0.2.1\nx.ent.v A 192.0.2.2\n',
      ],
      [{ kind: 'routed', owner: name('*.v.e.'), id: 5, types: [RrType.A] }],
    )
    expect(services.ask('a.v.e.')).toEqual({ outcome: 'Routed', zone: 'e.', routed: 5, wildcard: true })
    expect(services.ask('a.b.v.e.')).toMatchObject({ outcome: 'Routed', wildcard: true })
    expect(services.ask('*.v.e.')).toEqual({ outcome: 'Routed', zone: 'e.', routed: 5 })
    expect(services.ask('a.v.e.', 'TXT')).toMatchObject({ outcome: 'Hit', routed: 5, wildcard: true })
    expect(services.ask('a.v.e.', 'AAAA')).toMatchObject({ outcome: 'NoData', routed: 5, wildcard: true })
    expect(services.ask('www.v.e.')).toMatchObject({ outcome: 'Hit' })
    expect(services.ask('ent.v.e.').outcome).toBe('NoData')
    expect(services.ask('q.ent.v.e.').outcome).toBe('NxDomain')
  })
})
