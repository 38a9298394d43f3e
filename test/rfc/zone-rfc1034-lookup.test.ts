import { describe, expect, it } from 'vitest'
import { name, openZones } from '../zone/zone-world.ts'

const PARENT = `
$ORIGIN example.com.
$TTL 300
@       SOA  ns1 host 1 2 3 4 60
@       NS   ns1
@       NS   ns.sub
ns1     A    192.0.2.1
www     A    192.0.2.80
www     AAAA 2001:db8::80
alias   CNAME www
a.b.c   TXT  "deep"
sub     NS   ns.sub
sub     NS   ns.other
sub     DS   1 8 2 ${'AB'.repeat(32)}
ns.sub  A    192.0.2.53
x.y.sub A    192.0.2.54
other   NS   ns.other
ns.other A   192.0.2.55
signed  CNAME www
signed  RRSIG CNAME 13 3 300 20300101000000 20200101000000 1 @ AAAA
signed  NSEC  sub CNAME RRSIG NSEC
`
const CHILD = `
$ORIGIN deep.example.com.
$TTL 60
@ SOA ns host 7 2 3 4 5
@ NS ns
ns A 198.51.100.1
www A 198.51.100.2
`
const world = openZones([PARENT])

describe('RFC 1034 section 4.3.2 step 2: the nearest ancestor zone', () => {
  it('takes the deepest of nested zones, whatever the order of configuration', () => {
    for (const zones of [
      [PARENT, CHILD],
      [CHILD, PARENT],
    ]) {
      const nested = openZones(zones)
      expect(nested.ask('www.deep.example.com.')).toMatchObject({ outcome: 'Hit', zone: 'deep.example.com.' })
      expect(nested.ask('deep.example.com.', 'SOA').zone).toBe('deep.example.com.')
      expect(nested.ask('xdeep.example.com.')).toEqual({ outcome: 'NxDomain', zone: 'example.com.' })
    }
  })

  it('compares whole labels: notexample.com. is not ours, nor is com.', () => {
    expect(world.ask('notexample.com.')).toEqual({ outcome: 'NotOurs' })
    expect(world.ask('com.')).toEqual({ outcome: 'NotOurs' })
    expect(world.ask('.', 'NS')).toEqual({ outcome: 'NotOurs' })
  })

  it('serves the root zone as well', () => {
    const root = openZones([
      '. 60 SOA a. b. 1 2 3 4 5\n. 60 NS a.root.\na.root. 60 A 192.0.2.1\ncom. 60 NS ns.com.\nns.com. 60 A 192.0.2.2\n',
      PARENT,
    ])
    expect(root.ask('.', 'NS')).toMatchObject({ outcome: 'Hit', zone: '.' })
    expect(root.ask('net.')).toEqual({ outcome: 'NxDomain', zone: '.' })
    expect(root.ask('www.example.net.')).toEqual({ outcome: 'NxDomain', zone: '.' })
    expect(root.ask('www.test.com.')).toMatchObject({ outcome: 'Delegation', cut: 'com.' })
    expect(root.ask('www.example.com.')).toMatchObject({ outcome: 'Hit', zone: 'example.com.' })
  })

  it('a zone that did not load answers for its names alone', () => {
    const broken = openZones([PARENT, { origin: name('deep.example.com.'), broken: 'line 3' }])
    expect(broken.ask('www.deep.example.com.')).toEqual({ outcome: 'Broken', zone: 'deep.example.com.' })
    expect(broken.ask('deep.example.com.', 'DS').outcome).toBe('Broken')
    expect(broken.ask('www.example.com.').outcome).toBe('Hit')
    expect(broken.tables.zones[1]).toEqual({ origin: 'deep.example.com.', serial: null, records: 0, broken: 'line 3' })
  })
})

describe('RFC 1034 section 4.3.2 step 3a: the name itself', () => {
  it('finds the RRset of the type asked for', () => {
    expect(world.ask('www.example.com.')).toEqual({
      outcome: 'Hit',
      zone: 'example.com.',
      data: ['www.example.com. 300 A 192.0.2.80'],
    })
    expect(world.ask('example.com.', 'NS').data).toHaveLength(2)
  })

  it('is NoData when the name lacks the type, known or not', () => {
    expect(world.ask('www.example.com.', 'MX')).toEqual({ outcome: 'NoData', zone: 'example.com.' })
    expect(world.ask('www.example.com.', 'TYPE65280').outcome).toBe('NoData')
  })

  it('is NxDomain when the name does not exist', () => {
    expect(world.ask('nope.example.com.')).toEqual({ outcome: 'NxDomain', zone: 'example.com.' })
    expect(world.ask('a.www.example.com.').outcome).toBe('NxDomain')
    expect(world.ask('x.a.b.c.example.com.').outcome).toBe('NxDomain')
  })

  it('RFC 8020: an empty non-terminal exists', () => {
    expect(world.ask('b.c.example.com.').outcome).toBe('NoData')
    expect(world.ask('c.example.com.', 'TXT').outcome).toBe('NoData')
    expect(world.ask('c.example.com.', 'ANY').outcome).toBe('NoData')
  })

  it('follows a CNAME unless it was asked for', () => {
    expect(world.ask('alias.example.com.')).toMatchObject({
      outcome: 'FollowCname',
      data: ['alias.example.com. 300 CNAME www.example.com.'],
    })
    expect(world.ask('alias.example.com.', 'TYPE65280').outcome).toBe('FollowCname')
    expect(world.ask('alias.example.com.', 'CNAME').outcome).toBe('Hit')
  })

  it('RFC 4035 section 2.5: RRSIG and NSEC beside a CNAME are answered, not followed', () => {
    expect(world.ask('signed.example.com.', 'NSEC').outcome).toBe('Hit')
    expect(world.ask('signed.example.com.', 'RRSIG').outcome).toBe('Hit')
    expect(world.ask('alias.example.com.', 'NSEC').outcome).toBe('NoData')
    expect(world.ask('signed.example.com.', 'A').outcome).toBe('FollowCname')
  })

  it('ANY names the node and leaves the choice to the caller', () => {
    expect(world.ask('www.example.com.', 'ANY').outcome).toBe('Any')
    expect(world.ask('alias.example.com.', 'ANY').outcome).toBe('Any')
    expect(world.ask('nope.example.com.', 'ANY').outcome).toBe('NxDomain')
  })

  it('RFC 2308 section 5: the negative TTL is the lesser of the SOA TTL and MINIMUM', () => {
    expect(world.tables.negativeTtl(0)).toBe(60)
    expect(openZones(['e. 10 SOA a. b. 1 2 3 4 60\ne. 10 NS a.\n']).tables.negativeTtl(0)).toBe(10)
  })
})

it('names of 127 labels and of 255 octets are looked up like any other', () => {
  const many = openZones(['$ORIGIN a.\n$TTL 1\n@ SOA x. y. 1 2 3 4 5\n@ NS x.\n*.b TXT "x"\n'])
  expect(many.ask(`${'c.'.repeat(125)}b.a.`, 'TXT')).toMatchObject({ outcome: 'Hit', wildcard: true })
  expect(many.ask('a.'.repeat(127)).outcome).toBe('NxDomain')
  expect(many.ask(`${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(57)}.b.a.`, 'TXT').wildcard).toBe(
    true,
  )
})

describe('RFC 1034 section 4.3.2 step 3b: zone cuts', () => {
  const referral = {
    outcome: 'Delegation',
    zone: 'example.com.',
    cut: 'sub.example.com.',
    data: ['sub.example.com. 300 NS ns.sub.example.com.', 'sub.example.com. 300 NS ns.other.example.com.'],
  }

  it.each([
    ['sub.example.com.', 'A'],
    ['sub.example.com.', 'NS'],
    ['sub.example.com.', 'ANY'],
    ['ns.sub.example.com.', 'A'],
    ['x.y.sub.example.com.', 'A'],
    ['y.sub.example.com.', 'A'],
    ['nope.sub.example.com.', 'A'],
    ['nope.sub.example.com.', 'DS'],
  ])('%s %s is a referral: the data below a cut, glue too, is not ours', (qname, type) => {
    expect(world.ask(qname, type)).toEqual(referral)
  })

  it("RFC 4035 section 3.1.4.1: DS at the cut is the parent's own data", () => {
    expect(world.ask('sub.example.com.', 'DS')).toMatchObject({ outcome: 'Hit', zone: 'example.com.' })
    expect(world.ask('other.example.com.', 'DS')).toEqual({ outcome: 'NoData', zone: 'example.com.' })
  })

  it('NS at the apex is no cut', () => {
    expect(world.ask('example.com.', 'NS').outcome).toBe('Hit')
    expect(world.ask('example.com.', 'DS')).toEqual({ outcome: 'NoData', zone: 'example.com.' })
  })

  it('with parent and child on one server DS is answered from the parent, all else from the child', () => {
    const both = openZones([
      `${PARENT}deep NS ns.deep\nns.deep A 198.51.100.1\ndeep DS 1 8 2 ${'CD'.repeat(32)}\n`,
      CHILD,
    ])
    expect(both.ask('deep.example.com.', 'DS')).toMatchObject({ outcome: 'Hit', zone: 'example.com.' })
    expect(both.ask('deep.example.com.', 'NS')).toMatchObject({ outcome: 'Hit', zone: 'deep.example.com.' })
    expect(both.ask('www.deep.example.com.', 'DS')).toEqual({ outcome: 'NoData', zone: 'deep.example.com.' })
  })

  it('a parent that forgot the delegation does not deny the child with DS', () => {
    const both = openZones([PARENT, CHILD])
    expect(both.ask('deep.example.com.', 'DS')).toEqual({ outcome: 'NoData', zone: 'deep.example.com.' })
  })

  it("DS of a zone below another's cut is a referral to that other", () => {
    const far = openZones([PARENT, CHILD.replaceAll('deep', 'deep.sub')])
    expect(far.ask('deep.sub.example.com.', 'DS')).toMatchObject({ outcome: 'Delegation', cut: 'sub.example.com.' })
    expect(far.ask('deep.sub.example.com.', 'SOA').outcome).toBe('Hit')
  })
})

describe('addresses for glue and the additional section', () => {
  it('finds data below a cut and data of the zone itself', () => {
    expect(world.address('ns.sub.example.com.')).toEqual(['ns.sub.example.com. 300 A 192.0.2.53'])
    expect(world.address('www.example.com.', 'AAAA')).toEqual(['www.example.com. 300 AAAA 2001:db8::80'])
    expect(world.address('ns.sub.example.com.', 'AAAA')).toEqual([])
  })

  it('the child zone knows its addresses better than the glue of the parent', () => {
    const both = openZones([`${PARENT}deep NS ns.deep\nns.deep A 203.0.113.9\n`, CHILD])
    expect(both.address('ns.deep.example.com.')).toEqual(['ns.deep.example.com. 60 A 198.51.100.1'])
    const broken = openZones([
      `${PARENT}deep NS ns.deep\nns.deep A 203.0.113.9\n`,
      { origin: name('deep.example.com.'), broken: 'x' },
    ])
    expect(broken.address('ns.deep.example.com.')).toEqual(['ns.deep.example.com. 300 A 203.0.113.9'])
  })

  it('a host in no zone of ours has none', () => {
    expect(openZones(['e. 10 SOA ns.other. b. 1 2 3 4 60\ne. 10 NS ns.other.\n']).address('ns.other.')).toEqual([])
  })
})
