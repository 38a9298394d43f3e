import { describe, expect, it } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import { readDemandCsv } from '../../src/cli/demand-csv.ts'

async function read(text: string) {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const bytes = new TextEncoder().encode(text)
    for (let i = 0; i < bytes.length; i += 5) yield bytes.slice(i, i + 5)
  }
  const { unit, rows, faults } = await readDemandCsv(chunks())
  return { unit, rows: rows.map(({ prefix, value }) => `${formatPrefix(prefix)} ${value}`), faults }
}

describe('a demand file', () => {
  it('has prefixes and their rates, in any order', async () => {
    expect(await read('qps,prefix\n3,203.0.113.0/24\n0,9.0.0.0/8\n1e3,2001:db8::/56\n')).toEqual({
      unit: 'qps',
      rows: ['9.0.0.0/8 0', '203.0.113.0/24 3', '2001:db8::/56 1000'],
      faults: [],
    })
    expect(await read('prefix,bps\n203.0.113.9,2500000000\n')).toMatchObject({
      unit: 'bps',
      rows: ['203.0.113.0/24 2500000000'],
    })
  })

  it('may be one that was exported', async () => {
    expect((await read('prefix,qps,source\n9.0.0.0/8,0.5,counted\n')).rows).toEqual(['9.0.0.0/8 0.5'])
  })

  it.each([
    ['9.0.0.0/8,-1', /qps: "-1" is not a rate from 0 to 1e15/],
    ['9.0.0.0/8,1e16', /is not a rate/],
    ['9.0.0.0/8,', /is not a rate/],
    ['9.0.0.0/8,NaN', /is not a rate/],
    ['9.0.0.0/25,1', /at most \/24 or \/56 long/],
    ['2001:db8::/57,1', /at most \/24 or \/56 long/],
    ['9.0.0.1/24,1', /no bits set past its length/],
    ['9.0.0.0/8,1,2', /has 3 fields; the header has 2/],
  ])('the row %s is a fault with its line', async (row, says) => {
    const { faults } = await read(`prefix,qps\n1.0.0.0/24,1\n${row}\n`)
    expect(faults).toEqual([{ line: 3, fault: expect.stringMatching(says) as string }])
  })

  it.each([
    ['prefix,qbs\n', /"qbs" is not a column.*did you mean/],
    ['prefix\n', /either qps or bps/],
    ['prefix,qps,bps\n', /either qps or bps/],
    ['qps\n', /column prefix is missing/],
    ['prefix,qps,qps\n', /stands twice/],
    ['', /demand of nobody/],
    ['prefix,qps\n\n', /demand of nobody/],
  ])('the header %j is a fault', async (text, says) => {
    expect((await read(text)).faults).toEqual([{ line: 1, fault: expect.stringMatching(says) as string }])
  })

  it('counts each client once: rows that overlap are told with both lines', async () => {
    const { faults } = await read('prefix,qps\n9.1.0.0/24,1\n9.0.0.0/8,1\n9.2.0.0/16,1\n8.0.0.0/24,1\n8.0.0.0/24,2\n')
    expect(faults.map(({ line, fault }) => `${line}: ${fault.split(';')[0]}`).sort()).toEqual([
      '3: prefix: 9.0.0.0/8 overlaps 9.1.0.0/24 of line 2',
      '4: prefix: 9.2.0.0/16 overlaps 9.0.0.0/8 of line 3',
      '6: prefix: 8.0.0.0/24 overlaps 8.0.0.0/24 of line 5',
    ])
  })

  it('has no more rows than a table can hold', async () => {
    const rows = Array.from({ length: 20_005 }, (_, i) => `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24,1`)
    expect((await read(`prefix,qps\n${rows.join('\n')}\n`)).faults).toEqual([
      { line: 20_002, fault: expect.stringContaining('one row too many') as string },
    ])
  })
})
