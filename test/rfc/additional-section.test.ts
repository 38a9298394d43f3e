import { describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { lines, type QuerySpec } from '../fixture/message.ts'

const ROOT = `
$ORIGIN .
$TTL 3600
@ SOA a.root-servers.net. host. 1 2 3 4 5
@ NS a.root-servers.net.
a.root-servers.net. A 192.0.2.1
net. NS ns.net.
ns.net. A 192.0.2.2
`
const ZONE = `
$ORIGIN e.test.
$TTL 3600
@          SOA   ns host 1 2 3 4 5
@          NS    ns
@          NS    ns.sub
ns         A     192.0.2.1
host       A     192.0.2.3
host       AAAA  2001:db8::3
sub        NS    ns.sub
ns.sub     A     192.0.2.4
mx         MX    10 host
mx         MX    20 ns.sub
mx         MX    30 host.away.test.
nullmx     MX    0 .
nullmx     A     192.0.2.5
nosrv      SRV   0 0 0 .
nosrv      A     192.0.2.6
afsdb      AFSDB 1 host
kx         TYPE36 \\# 15 000a 04686f7374 0165 0474657374 00
svc        HTTPS 1 . alpn=h2
svc        HTTPS 2 ns.sub alpn=h2
svc        A     192.0.2.7
alias      HTTPS 0 svc
alias2     HTTPS 0 alias
none       HTTPS 0 .
none       A     192.0.2.8
self       HTTPS 0 self
self       A     192.0.2.9
ping       SVCB  0 pong
pong       SVCB  0 ping
other      SVCB  0 svc
parent     NS    ns.ours
ours       NS    ns.ours
ns.ours    A     192.0.2.10
ns.ours    AAAA  2001:db8::10
${Array.from({ length: 30 }, (_, i) => `wide MX ${i} h${i}.wide\nh${i}.wide A 192.0.2.${i}`).join('\n')}
`
const OURS = '$ORIGIN ours.e.test.\n$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.11\n'
const world = openWorld({ zones: [ROOT, ZONE, OURS] })

const additional = (name: string, type: number, more: Partial<QuerySpec> = {}): string[] => {
  const message = world.ask({ name: name === '.' ? '.' : `${name}.e.test`, type, edns: {}, ...more })
  return lines(message, message.additional).map(line => line.replaceAll('.e.test.', ''))
}

describe('RFC 1034 section 4.3.2 step 6: what the additional section knows', () => {
  it('MX, SRV, AFSDB (RFC 1183 section 1) and KX (RFC 2230 section 3): addresses of the host', () => {
    const host = ['host 3600 1 192.0.2.3', 'host 3600 28 2001:db8::3']
    expect(additional('mx', RrType.MX)).toEqual(host)
    expect(additional('afsdb', RrType.AFSDB)).toEqual(host)
    expect(additional('kx', RrType.KX)).toEqual(host)
  })

  it('glue is not ours to give in an answer: the MX and HTTPS hosts below the cut come without addresses', () => {
    expect(additional('mx', RrType.MX).join()).not.toContain('192.0.2.4')
    expect(additional('svc', RrType.HTTPS)).toEqual(['svc 3600 1 192.0.2.7'])
  })

  it('RFC 9609 section 4.2: the answer to the priming query has the addresses of the root servers, below a cut as they are', () => {
    expect(additional('.', RrType.NS)).toEqual(['a.root-servers.net. 3600 1 192.0.2.1'])
  })

  it('what does not fit is left out without TC (RFC 2181 section 9)', () => {
    const message = world.ask({ name: 'wide.e.test', type: RrType.MX, edns: { payload: 1232 } })
    expect(message).toMatchObject({ tc: false, aa: true })
    expect(message.answer).toHaveLength(30)
    expect(message.additional).toHaveLength(16)
    const less = world.ask({ name: 'wide.e.test', type: RrType.MX, edns: { payload: 800 } })
    expect(less).toMatchObject({ tc: false })
    expect(less.additional.length).toBeLessThan(16)
  })
})

describe('a host `.` is none', () => {
  it('RFC 7505: a null MX brings no addresses, the owner has some', () => {
    expect(additional('nullmx', RrType.MX)).toEqual([])
  })
  it('RFC 2782: nor does SRV', () => {
    expect(additional('nosrv', RrType.SRV)).toEqual([])
  })
  it('RFC 9460 section 2.5.1: nor does an alias', () => {
    expect(additional('none', RrType.HTTPS)).toEqual([])
  })
})

describe('RFC 9460 section 4.1: service bindings', () => {
  it('AliasMode: the records of the target and their hosts, alias after alias', () => {
    expect(additional('alias', RrType.HTTPS)).toEqual([
      'svc 3600 1 192.0.2.7',
      expect.stringMatching(/^svc 3600 65 /),
      expect.stringMatching(/^svc 3600 65 /),
    ])
    expect(additional('alias2', RrType.HTTPS).map(line => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'alias 3600 65',
      'svc 3600 1',
      'svc 3600 65',
      'svc 3600 65',
    ])
  })

  it('a target that has no record of the type: its addresses', () => {
    expect(additional('other', RrType.SVCB)).toEqual(['svc 3600 1 192.0.2.7'])
  })

  it('aliases in a circle come once', () => {
    expect(additional('self', RrType.HTTPS)).toEqual(['self 3600 1 192.0.2.9'])
    expect(additional('ping', RrType.SVCB).map(line => line.split(' ')[0])).toEqual(['pong'])
  })
})

it('RFC 1034 section 4.3.2 step 3b: glue comes from the child zone where that is ours; what it lacks, from the parent', () => {
  expect(additional('parent', RrType.A)).toEqual(['ns.ours 60 1 192.0.2.11', 'ns.ours 3600 28 2001:db8::10'])
})
