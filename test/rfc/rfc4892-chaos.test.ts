import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import type { ChaosSettings } from '../../src/model/answer-settings.ts'
import { Ede, Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { moved, openWorld } from '../answer/world.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { dig } from '../fixture/dig.ts'
import { optionOf, type ParsedMessage } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { type Served, serve } from '../listen/server.ts'

const CH = 3
const telling = (chaos: Partial<ChaosSettings>) => ({ ...BARE_SETTINGS, chaos: { version: null, id: null, ...chaos } })
const world = openWorld({ settings: telling({ version: 'KingCDN 1', id: 'ns1.icn' }) })
const ask = (name: string, type: number = RrType.TXT, where = world) => where.ask({ name, type, class: CH, edns: {} })
const VERSION = ['version.bind', 'version.server']
const ID = ['id.server', 'hostname.bind']

/** Its one TXT record's character-string; fails unless the rest is as it has to be. */
function textOf(message: ParsedMessage): string {
  expect(message).toMatchObject({ rcode: 0, aa: true, tc: false, authority: [], additional: [] })
  expect(message.answer).toHaveLength(1)
  const { type, class: rclass, ttl, rdata } = message.answer[0]!
  expect({ type, rclass, ttl }).toEqual({ type: RrType.TXT, rclass: CH, ttl: 0 })
  expect(rdata[0]).toBe(rdata.length - 1)
  return Buffer.from(rdata.subarray(1)).toString()
}

const isRefused = (message: ParsedMessage): void => {
  expect(message).toMatchObject({ rcode: Rcode.REFUSED, aa: false, answer: [], authority: [] })
  expect([...optionOf(message, 15)!]).toEqual([0, Ede.NotAuthoritative])
}

describe('class CH (RFC 4892 section 2)', () => {
  it('tells version and identity at two names each', () => {
    for (const name of VERSION) expect(textOf(ask(name))).toBe('KingCDN 1')
    for (const name of ID) expect(textOf(ask(name))).toBe('ns1.icn')
  })

  it('RFC 4343: whatever the case of the letters, which comes back as it came', () => {
    const message = world.ask({ name: 'VeRsIoN.BiNd', keepCase: true, type: RrType.TXT, class: CH })
    expect(textOf(message)).toBe('KingCDN 1')
    expect(Buffer.from(message.question!.octets).toString('latin1')).toBe('\x07VeRsIoN\x04BiNd\0')
    expect(message.question!.class).toBe(CH)
  })

  it('ANY is answered with it too; other types have no data', () => {
    expect(textOf(ask('version.bind', RrType.ANY))).toBe('KingCDN 1')
    for (const type of [RrType.A, RrType.NS, RrType.SOA, 1000])
      expect(ask('version.bind', type)).toMatchObject({ rcode: 0, aa: true, answer: [], authority: [] })
  })

  it('what nobody may ask for is refused here as everywhere', () => {
    expect(ask('version.bind', RrType.TSIG)).toMatchObject({ rcode: Rcode.FORMERR, aa: false })
    expect(ask('version.bind', RrType.IXFR)).toMatchObject({ rcode: Rcode.REFUSED, aa: false })
  })

  it.each(['bind', 'server', 'a.version.bind', 'version.bind.example', 'authors.bind', 'id.bind', 'example.com', '.'])(
    'REFUSED at %s',
    name => isRefused(ask(name)),
  )

  it('REFUSED where nothing is to be told, each text by itself', () => {
    const [versionOnly, idOnly, silent] = [{ version: 'v' }, { id: 'i' }, {}].map(chaos =>
      openWorld({ settings: telling(chaos) }),
    )
    for (const name of VERSION) {
      expect(textOf(ask(name, RrType.TXT, versionOnly))).toBe('v')
      isRefused(ask(name, RrType.TXT, idOnly))
      isRefused(ask(name, RrType.A, silent))
    }
    for (const name of ID) {
      expect(textOf(ask(name, RrType.TXT, idOnly))).toBe('i')
      isRefused(ask(name, RrType.TXT, versionOnly))
    }
  })

  it('says nothing in other classes, where these are ordinary names that are not ours', () => {
    for (const qclass of [1, 4, 254, 255])
      expect(world.ask({ name: 'version.bind', type: RrType.TXT, class: qclass })).toMatchObject({
        rcode: Rcode.REFUSED,
      })
  })

  it('a text is cut at 255 octets, between two characters; an empty one is an empty string', () => {
    const told = (version: string) =>
      textOf(ask('version.bind', RrType.TXT, openWorld({ settings: telling({ version }) })))
    expect(told('x'.repeat(300))).toBe('x'.repeat(255))
    expect(told(`${'x'.repeat(254)}é`)).toBe('x'.repeat(254))
    expect(told('')).toBe('')
  })

  it('needs no tables, and is there over every transport', () => {
    const early = openWorld({ settings: telling({ id: 'ns9' }), tables: false })
    for (const transport of Object.values(Transport))
      expect(textOf(early.ask({ name: 'id.server', type: RrType.TXT, class: CH }, { transport }))).toBe('ns9')
  })

  it('the answer after it is of class IN again', () => {
    ask('version.bind')
    expect(world.ask({ name: 'www.example.com' }).answer.map(record => record.class)).toEqual([1, 1])
  })

  it('is counted like any other', () => {
    expect(moved(world, () => ask('version.bind'))).toEqual({ queriesUdp: 1, ednsQueries: 1 })
  })

  it('settings that change hold from the next query on', () => {
    const changing = openWorld({ settings: telling({ id: 'old' }) })
    changing.answerer.configure(telling({ id: 'new' }))
    expect(textOf(ask('id.server', RrType.TXT, changing))).toBe('new')
    changing.answerer.configure(BARE_SETTINGS)
    isRefused(ask('id.server', RrType.TXT, changing))
  })
})

describe.skipIf(missing('dig'))('as dig sees it', () => {
  let served: Served
  beforeAll(async () => {
    served = await serve()
    served.world.answerer.configure(telling({ version: 'KingCDN "1"', id: 'ns1.icn' }))
  })
  afterAll(() => served.close())

  it.each(['+notcp', '+tcp'])('%s CH TXT', async transport => {
    const reply = await dig(served.port, [transport, 'CH', 'TXT', 'version.bind'])
    expect(reply).toMatchObject({ status: 'NOERROR', answer: ['version.bind. 0 CH TXT "KingCDN \\"1\\""'] })
    expect(reply.text).not.toMatch(/warning|malformed/i)
    expect(await dig(served.port, [transport, 'CH', 'TXT', 'id.server'])).toMatchObject({
      answer: ['id.server. 0 CH TXT "ns1.icn"'],
    })
    expect(await dig(served.port, [transport, 'CH', 'TXT', 'authors.bind'])).toMatchObject({ status: 'REFUSED' })
  })
})
