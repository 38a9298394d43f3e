import { describe, expect, it } from 'vitest'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { parseAddress } from '../../src/base/ip.ts'
import { firstAddress, parsePrefix } from '../../src/base/prefix.ts'
import { parseDatabase } from '../../src/geo/database.ts'
import { SearchTree } from '../../src/geo/tree.ts'

const shape = { ipVersion: 4, nodeCount: 2, dataBytes: 100 } as const

describe('the two records of a node', () => {
  it.each([
    [24, '000000000000 010203fffefd', 0x010203, 0xfffefd],
    [28, '00000000000000 010203a5fffefd', 0xa010203, 0x5fffefd],
    [32, '0000000000000000 80010203fffefdfc', 0x80010203, 0xfffefdfc],
  ] as const)('of %i bits', (recordSize, hex, left, right) => {
    const tree = new SearchTree(Buffer.from(hex.replace(' ', ''), 'hex'), { ...shape, recordSize })
    expect([tree.child(1, 0), tree.child(1, 1)]).toEqual([left, right])
  })
})

describe('a data pointer', () => {
  it('is one from 16 past the number of nodes to the end of the data', () => {
    const tree = new SearchTree(new Uint8Array(12), { ...shape, recordSize: 24 })
    const verdicts = [0, 1, 2, 17, 18, 117, 118].map(record => tree.pointsToData(record))
    expect(verdicts).toEqual([false, false, false, false, true, true, false])
  })
})

describe('an IPv6 database without IPv4', () => {
  it('answers nothing for IPv4, even where its own data cover ::/96', () => {
    const writer = new MmdbWriter({ ipVersion: 6, type: 'test', built: 0, description: '' })
    const prefix = parsePrefix('::/8')!
    writer.insert(firstAddress(prefix), prefix.length, writer.record({ country_code: 'KR' }))
    const verdict = parseDatabase('six.mmdb', Buffer.from(writer.bytes()))
    if (verdict.kind === 'bad') throw new Error(verdict.reason)
    expect(verdict.database.lookup(parseAddress('8.8.8.8')!)).toBeNull()
    expect(verdict.database.lookup(parseAddress('64:ff9b::1')!)).toEqual({ record: { country_code: 'KR' }, length: 8 })
  })
})
