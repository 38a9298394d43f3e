import { describe, expect, it } from 'vitest'
import { openZones, problemsOf } from '../zone/zone-world.ts'

const HEAD = '$ORIGIN example.\n$TTL 300\n@ SOA ns. host. 1 2 3 4 5\n@ NS ns.\n'
const world = openZones([`${HEAD}old DNAME new.test.\nold A 192.0.2.1\nwww A 192.0.2.2\n`])

describe('RFC 6672 section 2.2: redirection of a subtree', () => {
  it('names below the owner are redirected, of every type and at any depth', () => {
    const redirect = {
      outcome: 'FollowDname',
      zone: 'example.',
      cut: 'old.example.',
      data: ['old.example. 300 DNAME new.test.'],
    }
    expect(world.ask('a.old.example.')).toEqual(redirect)
    expect(world.ask('a.b.c.old.example.', 'DNAME')).toEqual(redirect)
    expect(world.ask('a.old.example.', 'ANY')).toEqual(redirect)
  })

  it('section 2.3: the owner itself is not', () => {
    expect(world.ask('old.example.')).toMatchObject({ outcome: 'Hit' })
    expect(world.ask('old.example.', 'DNAME').outcome).toBe('Hit')
    expect(world.ask('old.example.', 'TXT').outcome).toBe('NoData')
    expect(world.ask('xold.example.').outcome).toBe('NxDomain')
  })

  it('at the apex it redirects everything below, the apex keeps its data', () => {
    const apex = openZones([`${HEAD}@ DNAME new.test.\n@ MX 10 mx.test.\n`])
    expect(apex.ask('www.example.')).toMatchObject({ outcome: 'FollowDname', cut: 'example.' })
    expect(apex.ask('example.', 'MX').outcome).toBe('Hit')
    expect(apex.ask('example.', 'SOA').outcome).toBe('Hit')
  })
})

describe('RFC 6672 sections 2.3 and 2.4: what may stand beside and below', () => {
  it.each([
    ['old DNAME a.\nold DNAME b.', '5:5: old.example. DNAME has more than one target; legal is one'],
    ['old DNAME a.\nold CNAME b.', '6:5: old.example. CNAME stands beside DNAME; nothing may stand beside a CNAME'],
    ['old DNAME a.\nold NS b.', '5:5: old.example. DNAME stands at a zone cut; it belongs in the child zone'],
    [
      'old DNAME a.\nx.y.old A 1.1.1.1',
      '6:9: x.y.old.example. A lies below the DNAME at old.example.; nothing may stand there (RFC 6672 section 2.4)',
    ],
    [
      '*.old DNAME a.',
      '5:7: warning: *.old.example. DNAME stands at a wildcard, where it has no defined meaning (RFC 4592): it is plain data here',
    ],
  ])('%j', (lines, problem) => {
    expect(problemsOf(`${HEAD}${lines}\n`)).toEqual([problem])
  })
})
