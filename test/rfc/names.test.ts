import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatName } from '../../src/wire/name.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { buildQuery, lines } from '../fixture/message.ts'

const ZONE = new URL('../contract/foreign/zones/apart/binary.example.zone', import.meta.url)
const world = openWorld({ zones: [readFileSync(ZONE, 'utf8')] })
const data = (name: string, type: number = RrType.A): string[] => {
  const message = world.ask({ name, type })
  return lines(message, message.answer).map(line => line.split(' ').slice(3).join(' '))
}

describe('RFC 2181 section 11: names are octets', () => {
  it.each([
    ['\\000', '192.0.2.2'],
    ['a\\000b', '192.0.2.3'],
    ['\\255\\254', '192.0.2.4'],
    ['dot\\.ted', '192.0.2.5'],
    ['dot.ted', '192.0.2.6'],
    ['spa\\032ce', '192.0.2.7'],
    ['\\[', '192.0.2.14'],
    ['\\{', '192.0.2.15'],
    ['any.\\000x', '192.0.2.19'],
  ])('%s is found, and comes back octet for octet', (label, address) => {
    const name = `${label}.binary.example`
    expect(data(name)).toEqual([address])
    const query = buildQuery({ name })
    const reply = world.exchange(query)
    expect(reply.slice(12, query.length)).toEqual(query.slice(12))
  })

  it('the name in RDATA is octets, too', () => {
    expect(data('\\001\\031.binary.example', RrType.CNAME)).toEqual(['\\000.binary.example.'])
  })
})

describe('RFC 4343: case', () => {
  it('of ASCII letters does not matter, and the question keeps it', () => {
    for (const name of ['upper.binary.example', 'UPPER.BINARY.EXAMPLE', 'uPpEr.bInArY.eXaMpLe']) {
      const message = world.ask({ name, keepCase: true })
      expect(lines(message, message.answer)).toEqual(['upper.binary.example. 3600 1 192.0.2.12'])
      expect(Buffer.from(message.question!.octets).toString('latin1').toLowerCase()).toBe(
        '\x05upper\x06binary\x07example\0',
      )
      expect(message.question!.octets[1]).toBe(name.charCodeAt(0))
    }
  })

  it('section 2.1: of nothing else: octets that differ by 32 are apart outside the letters', () => {
    expect(data('\\192\\193.binary.example')).toEqual(['192.0.2.13'])
    expect(data('\\224\\225.binary.example')).toEqual([])
    expect(data('\\224\\225.binary.example', RrType.TXT)).toHaveLength(1)
    expect(data('\\123.binary.example')).toEqual(['192.0.2.15'])
    expect(data('\\091.binary.example')).toEqual(['192.0.2.14'])
  })
})

describe('RFC 1035 section 2.3.4: limits', () => {
  const LONG = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.binary.example.`

  it('a label of 63 octets', () => {
    expect(data(`${'a'.repeat(63)}.binary.example`)).toEqual(['192.0.2.20'])
  })

  it('a name of 255 octets, at a wildcard and beside it', () => {
    const room = 255 - (3 * 64 + 16) - 1
    expect(data(`${'x'.repeat(room)}.${LONG}`, RrType.TXT)).toHaveLength(1)
    expect(world.ask({ name: `${'x.'.repeat(room / 2)}${LONG}`, type: RrType.TXT }).answer).toHaveLength(1)
    expect(world.ask({ name: `${'x'.repeat(room)}.${LONG.replace(/^b/, 'q')}` })).toMatchObject({ rcode: 3, aa: true })
  })

  it('127 labels', () => {
    const name = formatName(
      Uint8Array.from([...Array.from({ length: 119 }, () => [1, 0x2a]).flat(), ...binaryExample()]),
    )
    expect(world.ask({ name })).toMatchObject({ rcode: 3, aa: true })
  })
})

function binaryExample(): number[] {
  return ['binary', 'example', ''].flatMap(label => [label.length, ...Buffer.from(label)])
}
