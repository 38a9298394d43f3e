import { describe, expect, it, test } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { buildQuery, ecsOption, lines, type QuerySpec } from '../fixture/message.ts'
import { Dice } from '../fixture/mutate.ts'
import { type Ask, openWorld, type World } from './world.ts'

interface Cache {
  readonly hits: number
  readonly misses: number
  readonly stored: number
}

function cacheOf(world: World): Cache {
  const { cacheHits, cacheMisses, cacheStored } = world.read().scalars
  return { hits: cacheHits, misses: cacheMisses, stored: cacheStored }
}

/** What the cache did at each of some questions in turn: `.` looked up, `s` looked up and kept, `+` remembered, `-` not concerned. */
function course(world: World, specs: readonly QuerySpec[], how?: Ask): string {
  const steps = specs.map(spec => {
    const before = cacheOf(world)
    world.ask(spec, how)
    const { hits, misses, stored } = cacheOf(world)
    if (hits > before.hits) return '+'
    if (misses === before.misses) return '-'
    return stored > before.stored ? 's' : '.'
  })
  return steps.join('')
}

const times = (count: number, spec: QuerySpec): QuerySpec[] => new Array<QuerySpec>(count).fill(spec)
const www = { name: 'www.example.com' }
const edns = { options: [] }

describe('what is remembered', () => {
  test.each<[string, QuerySpec]>([
    ['an answer', www],
    ['an answer with additional records', { name: 'example.com', type: RrType.MX }],
    ['no data', { name: 'www.example.com', type: RrType.TXT }],
    ['a name that does not exist', { name: 'nope.example.com' }],
    ['a referral', { name: 'www.sub.example.com' }],
    ['a chain of CNAMEs', { name: 'chain1.example.com' }],
    ['a CNAME that leads to a service', { name: 'video.example.com' }],
    ['a name that a wildcard stands in for', { name: 'x.wild.example.com' }],
    ['a name below a DNAME', { name: 'host.old.example.com' }],
    ['ANY', { name: 'www.example.com', type: RrType.ANY }],
    ['a name that is not ours', { name: 'www.example.org', edns }],
    ['a zone that did not load', { name: 'www.broken.example', edns }],
    ['a name that would be too long (YXDOMAIN)', { name: `${'x'.repeat(60)}.tolong.example.com` }],
    ['which service a name belongs to', { name: 'a1105.cdn.example' }],
  ])('%s: kept when asked for the second time, remembered from the third', (_, spec) => {
    const world = openWorld()
    const plain = openWorld({ cacheSlots: 0 })
    expect(course(world, times(5, spec))).toBe('.s+++')
    expect(world.exchange(buildQuery(spec))).toEqual(plain.exchange(buildQuery(spec)))
    expect(cacheOf(plain)).toEqual({ hits: 0, misses: 0, stored: 0 })
  })

  it('the name in whatever case, and the letters come back as they came', () => {
    const world = openWorld()
    course(world, times(2, www))
    const spec = { name: 'wWw.ExAmPlE.CoM', keepCase: true }
    expect(course(world, [spec])).toBe('+')
    expect(Buffer.from(world.exchange(buildQuery(spec))).toString('latin1')).toContain('wWw\x07ExAmPlE\x03CoM')
  })

  it('apart: type, DO, and what TCP has to say to ANY', () => {
    const world = openWorld()
    const dnssecOk = { ...www, edns: { flags: 0x8000 } }
    const any = { ...www, type: RrType.ANY }
    expect(course(world, [www, www, { ...www, type: RrType.AAAA }, dnssecOk, www])).toBe('.s..+')
    expect(course(world, times(3, any))).toBe('.s+')
    expect(course(world, times(3, any), { transport: Transport.Tcp })).toBe('.s+')
    const all = world.ask(any, { transport: Transport.Tls })
    expect(lines(all, all.answer)).toHaveLength(3)
  })

  it('together: whatever else the query asks for', () => {
    const world = openWorld()
    course(world, times(2, www))
    const options = [{ code: 3, data: [] }, ecsOption(1, 24, [168, 126, 1])]
    const others = [{ edns }, { edns: { payload: 4096 } }, { edns: { options } }, { flags: 0x0110, id: 7 }]
    expect(
      course(
        world,
        others.map(other => ({ ...www, ...other })),
      ),
    ).toBe('++++')
  })

  it('not: other classes, questions that are turned away, and messages without one', () => {
    const world = openWorld({ settings: { ...BARE_SETTINGS, chaos: { version: 'v', id: null } } })
    const chaos = { name: 'version.bind', type: RrType.TXT, class: 3 }
    expect(course(world, times(3, chaos))).toBe('---')
    expect(course(world, times(3, { ...www, class: 255 }))).toBe('---')
    expect(course(world, times(3, { ...www, type: RrType.AXFR }))).toBe('---')
    world.exchange(Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    expect(cacheOf(world)).toEqual({ hits: 0, misses: 0, stored: 0 })
  })
})

describe('room', () => {
  const crowd = { name: 'crowd.example.com', type: RrType.MX }

  it('a reply from which something was left out is not kept', () => {
    const world = openWorld()
    const small = { ...crowd, edns: { payload: 512 } }
    expect(course(world, times(4, small))).toBe('....')
    expect(course(world, times(4, { name: 'huge.example.com', type: RrType.TXT }))).toBe('....')
    // The one leaves out additional records without TC, the other has TC.
    expect([world.ask(small).tc, world.ask({ name: 'huge.example.com', type: RrType.TXT }).tc]).toEqual([false, true])
  })

  it('a kept reply is used only where it fits, and cut anew where it does not', () => {
    const addresses = Array.from({ length: 25 }, (_, i) => `a 60 A 192.0.2.${i}`)
    const zones = [`$ORIGIN example.com.\n@ 60 SOA ns h 1 2 3 4 5\n@ NS ns\n${addresses.join('\n')}\n`]
    const nsid = 'n'.repeat(128)
    const world = openWorld({ zones, nsid })
    const plain = openWorld({ zones, nsid, cacheSlots: 0 })
    const spec = { name: 'a.example.com' }
    expect(course(world, times(3, spec))).toBe('.s+')
    const identity = { options: [{ code: 3, data: [] }] }
    const asked = [{ payload: 1232 }, { payload: 512 }, { payload: 512, ...identity }, { payload: 600, ...identity }]
    const replies = asked.map(edns => {
      const message = buildQuery({ ...spec, edns })
      expect(world.exchange(message)).toEqual(plain.exchange(message))
      return world.ask({ ...spec, edns })
    })
    expect(replies.map(({ tc, answer }) => (tc ? -1 : answer.length))).toEqual([25, 25, -1, 25])
  })
})

describe('services', () => {
  const ask = { name: 'a1105.cdn.example', edns: { options: [ecsOption(1, 24, [168, 126, 1])] } }

  it('the addresses are those for the client and for the moment', () => {
    const world = openWorld()
    const answer = (subnet: readonly number[]) => {
      const message = world.ask({ ...ask, edns: { options: [ecsOption(1, 24, subnet)] } })
      return lines(message, message.answer).map(line =>
        line
          .split(' ')
          .at(-1)!
          .replace(/\.\d+$/, ''),
      )
    }
    course(world, times(3, ask))
    expect(answer([168, 126, 1])).toEqual(['192.0.2', '192.0.2'])
    expect(answer([126, 0, 1])).toEqual(['198.51.100', '198.51.100'])
    world.setStates([2, 0])
    expect(answer([168, 126, 1])).toEqual(['198.51.100', '198.51.100'])
    expect(cacheOf(world)).toEqual({ hits: 4, misses: 2, stored: 1 })
  })

  it('a service that wants SERVFAIL fails, and serves again, whatever is remembered', () => {
    const world = openWorld()
    const strict = { name: 'strict.cdn.example', edns }
    expect(course(world, times(3, strict))).toBe('.s+')
    world.setStates([2, 0])
    expect(world.ask(strict)).toMatchObject({ rcode: 2, aa: false, answer: [] })
    world.setStates([0, 0])
    expect(world.ask(strict)).toMatchObject({ rcode: 0, aa: true })
  })
})

describe('everything is forgotten', () => {
  it('when tables come', () => {
    const world = openWorld()
    expect(course(world, times(3, www))).toBe('.s+')
    const other = openWorld({ zones: ['$ORIGIN example.com.\n@ 60 SOA a b 1 2 3 4 5\n@ NS a\nwww 60 A 203.0.113.9\n'] })
    world.answerer.use(other.tables)
    const message = world.ask(www)
    expect(lines(message, message.answer)).toEqual(['www.example.com. 60 1 203.0.113.9'])
  })

  it('when settings change', () => {
    const world = openWorld()
    expect(course(world, times(3, www))).toBe('.s+')
    world.answerer.configure(BARE_SETTINGS)
    // What was asked for again before is known to the doorkeeper still.
    expect(course(world, times(2, www))).toBe('s+')
  })
})

describe('a flood', () => {
  const HOT = 300
  const hot = Array.from({ length: HOT }, (_, i) => buildQuery({ name: `h${i}.wild.example.com` }))

  /** Share of hits among the hot questions while `between` strange ones come for each of them. */
  function hitShare(slots: number, between: number, stranger: (i: number) => Uint8Array): number {
    const world = openWorld({ cacheSlots: slots })
    const dice = new Dice(3)
    for (const message of [...hot, ...hot]) world.exchange(message)
    let hits = 0
    for (let i = 0; i < 20_000; i++) {
      const before = cacheOf(world).hits
      world.exchange(dice.of(hot))
      hits += cacheOf(world).hits - before
      for (let k = 0; k < between; k++) world.exchange(stranger(i * between + k))
    }
    return hits / 20_000
  }

  it('of distinct names drives nothing out: a hot set keeps its hits', () => {
    const stranger = (i: number) => buildQuery({ name: `n${i}.example.com` })
    expect(hitShare(1024, 5, stranger)).toBeGreaterThan(0.98)
  })

  it('of names that are asked twice each takes a slot or two of a set, no more', () => {
    const stranger = (i: number) => buildQuery({ name: `n${i >> 1}.example.com` })
    expect(hitShare(1024, 2, stranger)).toBeGreaterThan(0.8)
  })

  it('of client blocks takes one slot', () => {
    const world = openWorld({ cacheSlots: 8 })
    for (let i = 0; i < 5_000; i++) {
      const options = [ecsOption(1, 24, [i >> 8, i & 255, 7])]
      world.ask({ name: 'a1105.cdn.example', edns: { options } }, { from: `10.${i >> 8}.${i & 255}.1` })
    }
    expect(cacheOf(world)).toEqual({ hits: 4_998, misses: 2, stored: 1 })
  })
})
