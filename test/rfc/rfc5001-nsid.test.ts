import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { ecsOption, optionOf, type QuerySpec } from '../fixture/message.ts'

const world = openWorld({ nsid: 'ns1' })
const asked = (data: readonly number[] = []) => ({ options: [{ code: 3, data }] })
const nsidOf = (spec: QuerySpec, transport: Transport = Transport.Udp): string | null => {
  const data = optionOf(world.ask(spec, { transport }), 3)
  return data === null ? null : Buffer.from(data).toString()
}

describe('RFC 5001', () => {
  it('section 2.1: who asks is told, over every transport', () => {
    for (const transport of Object.values(Transport))
      expect(nsidOf({ name: 'example.com', edns: asked() }, transport)).toBe('ns1')
  })

  it('section 2.1: what the question holds is ignored, and two of them are one', () => {
    expect(nsidOf({ name: 'example.com', edns: asked([1, 2, 3]) })).toBe('ns1')
    const twice = world.ask({ name: 'example.com', edns: { options: [...asked().options, ...asked().options] } })
    expect(twice.opt!.options).toHaveLength(1)
  })

  it('section 2.1: never unasked', () => {
    expect(nsidOf({ name: 'example.com', edns: {} })).toBeNull()
    expect(world.ask({ name: 'example.com' }).opt).toBeNull()
  })

  it.each([
    ['an answer of a service', 'a1105.cdn.example', RrType.A, Rcode.NOERROR],
    ['no such name', 'nope.example.com', RrType.A, Rcode.NXDOMAIN],
    ['a referral', 'x.sub.example.com', RrType.A, Rcode.NOERROR],
    ['a cut answer', 'many.example.com', RrType.A, Rcode.NOERROR],
    ['not ours', 'www.example.org', RrType.A, Rcode.REFUSED],
    ['a zone that did not load', 'www.broken.example', RrType.A, Rcode.SERVFAIL],
    ['a transfer', 'example.com', RrType.IXFR, Rcode.REFUSED],
    ['a type that nobody may ask for', 'example.com', RrType.TSIG, Rcode.FORMERR],
  ])('section 2.2: with %s too', (_, name, type, rcode) => {
    const message = world.ask({ name, type, edns: { payload: 512, ...asked() } })
    expect(message.rcode).toBe(rcode)
    expect(Buffer.from(optionOf(message, 3)!).toString()).toBe('ns1')
  })

  it('not where the OPT record itself cannot be taken at its word: BADVERS, FORMERR', () => {
    expect(world.ask({ name: 'example.com', edns: { version: 1, ...asked() } })).toMatchObject({
      rcode: Rcode.BADVERS,
      opt: { options: [] },
    })
    const options = [...asked().options, ecsOption(9, 0, [])]
    expect(world.ask({ name: 'example.com', edns: { options } })).toMatchObject({
      rcode: Rcode.FORMERR,
      opt: { options: [] },
    })
  })

  it('section 2.3: octets, whatever the name is written in', () => {
    const nsid = 'München-1'
    const message = openWorld({ nsid }).ask({ name: 'example.com', edns: asked() })
    expect([...optionOf(message, 3)!]).toEqual([...Buffer.from(nsid)])
  })
})
