import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import { csvLines } from '../../src/cli/csv-lines.ts'
import { formatRttRow, type RttLine, readRttCsv } from '../../src/cli/rtt-csv.ts'

const NOW = Date.UTC(2025, 5, 2, 12)
const CLUSTERS = new Set(['icn-kt', 'nrt-ix', 'sin-core'])
const HEADER = 'prefix,cluster,rtt_ms,loss,measured_at\n'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The text as a stream of chunks of `size` octets. */
async function* chunks(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

async function read(text: string, size = 7): Promise<RttLine[]> {
  return collect(readRttCsv(chunks(text, size), CLUSTERS, NOW))
}

/** What is said of one row after a good header. */
async function fault(row: string): Promise<string | undefined> {
  const [line] = await read(`${HEADER}${row}\n`)
  return line !== undefined && 'fault' in line ? line.fault : undefined
}

describe('lines of CSV', () => {
  const lines = (text: string | Uint8Array, size?: number) => collect(csvLines(chunks(text, size)))

  test.each([1, 2, 3, 1000])('do not depend on where chunks of %i octets end', async size => {
    expect(await lines('\ufeffa,é\r\n\n"x, ""y""", z \nlast,1', size)).toEqual([
      { line: 1, fields: ['a', 'é'] },
      { line: 3, fields: ['x, "y"', 'z'] },
      { line: 4, fields: ['last', '1'] },
    ])
  })

  test('a quote that is not closed, and text after one', async () => {
    const said = 'has a quote that is not closed, or text after a closing quote'
    expect(await lines('"a,b\n"a"b,c\n')).toEqual([
      { line: 1, fault: said },
      { line: 2, fault: said },
    ])
  })

  test('a line without end does not fill the memory', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 2000; i++) yield Buffer.alloc(65536, 97)
      yield Buffer.from('\na,b\n')
    }
    const before = process.memoryUsage().arrayBuffers
    expect(await collect(csvLines(endless()))).toEqual([
      { line: 1, fault: 'is longer than 4096 characters' },
      { line: 2, fields: ['a', 'b'] },
    ])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
  })

  test('octets that are not UTF-8 do not stop it', async () => {
    expect(await lines(Buffer.from([97, 44, 255, 10]))).toEqual([{ line: 1, fields: ['a', '\ufffd'] }])
  })
})

describe('good rows', () => {
  test('are measurements: an imported row counts as a hundred samples', async () => {
    const [line] = await read(`${HEADER}203.0.113.0/24,icn-kt,3.1,0.01,2025-06-02T11:59:20Z\n`)
    expect(line).toMatchObject({
      line: 2,
      row: {
        cluster: 'icn-kt',
        rttMs: 3.1,
        rttVarMs: 0,
        loss: 0.01,
        samples: 100,
        measuredAt: NOW - 40_000,
        source: 'import',
      },
    })
    expect(formatPrefix((line as { row: { prefix: Parameters<typeof formatPrefix>[0] } }).row.prefix)).toBe(
      '203.0.113.0/24',
    )
  })

  test('columns in any order and any case, shorter prefixes, IPv6', async () => {
    const text = `Loss,MEASURED_AT,cluster,prefix,rtt_ms\n0,${NOW / 1000},nrt-ix,2001:db8::/32,1e2\n1,${NOW},icn-kt,10.0.0.0/8,0.5\n`
    expect((await read(text)).map(line => 'row' in line && [line.row.cluster, line.row.rttMs, line.row.loss])).toEqual([
      ['nrt-ix', 100, 0],
      ['icn-kt', 0.5, 1],
    ])
  })

  test.each([
    ['2025-06-02T12:00:00Z', NOW],
    ['2025-06-02 11:00:00.250+00:00', NOW - 3_600_000 + 250],
    ['2025-06-02T13:00+02:00', NOW - 3_600_000],
    [String(NOW / 1000 - 60), NOW - 60_000],
    [String(NOW - 60_000), NOW - 60_000],
    [`${NOW / 1000 - 60}.5`, NOW - 59_500],
  ])('measured_at %s', async (written, at) => {
    const [line] = await read(`${HEADER}10.0.0.0/8,icn-kt,1,0,${written}\n`)
    expect(line).toMatchObject({ row: { measuredAt: at } })
  })

  test('are what an export writes', async () => {
    const text = formatRttRow({ prefix: '10.1.0.0/16', cluster: 'sin-core', rttMs: 12.25, loss: 0.5, measuredAt: NOW })
    expect(text).toBe('10.1.0.0/16,sin-core,12.25,0.5,2025-06-02T12:00:00.000Z\n')
    expect((await read(HEADER + text))[0]).toMatchObject({
      row: { cluster: 'sin-core', rttMs: 12.25, measuredAt: NOW },
    })
  })
})

describe('bad rows name the value and what is legal', () => {
  const PREFIX =
    'is not a prefix such as 203.0.113.0/24 or 2001:db8::/32, at most /24 or /56 long, no bits set past its length'
  const RTT = 'is not milliseconds above 0 and up to 60000'
  test.each([
    ['10.0.0.0/25,icn-kt,1,0', `prefix: "10.0.0.0/25" ${PREFIX}`],
    ['10.0.0.1/24,icn-kt,1,0', `prefix: "10.0.0.1/24" ${PREFIX}`],
    ['2001:db8::/64,icn-kt,1,0', `prefix: "2001:db8::/64" ${PREFIX}`],
    ['264.8.8.0/24,icn-kt,1,0', `prefix: "264.8.8.0/24" ${PREFIX}`],
    ['10.0.0.0/8,icn-k,1,0', 'cluster: "icn-k" is not a cluster of the configuration (did you mean icn-kt?)'],
    ['10.0.0.0/8,tokyo,1,0', 'cluster: "tokyo" is not a cluster of the configuration'],
    ['10.0.0.0/8,icn-kt,0,0', `rtt_ms: "0" ${RTT}`],
    ['10.0.0.0/8,icn-kt,-3,0', `rtt_ms: "-3" ${RTT}`],
    ['10.0.0.0/8,icn-kt,60001,0', `rtt_ms: "60001" ${RTT}`],
    ['10.0.0.0/8,icn-kt,0x10,0', `rtt_ms: "0x10" ${RTT}`],
    ['10.0.0.0/8,icn-kt,Infinity,0', `rtt_ms: "Infinity" ${RTT}`],
    ['10.0.0.0/8,icn-kt,,0', `rtt_ms: "" ${RTT}`],
    ['10.0.0.0/8,icn-kt,1,1.01', 'loss: "1.01" is not a share from 0 to 1'],
    ['10.0.0.0/8,icn-kt,1,5%', 'loss: "5%" is not a share from 0 to 1'],
  ])('%s', async (row, said) => {
    expect(await fault(`${row},${NOW}`)).toBe(said)
  })

  test.each([
    ['yesterday', '"yesterday" is not a time such as 2025-06-02T12:00:00Z, Unix seconds or milliseconds, or now'],
    [
      '2025-06-02T12:00:00',
      '"2025-06-02T12:00:00" is not a time such as 2025-06-02T12:00:00Z, Unix seconds or milliseconds, or now',
    ],
    [
      '2025-13-02T12:00:00Z',
      '"2025-13-02T12:00:00Z" is not a time such as 2025-06-02T12:00:00Z, Unix seconds or milliseconds, or now',
    ],
    ['2025-06-02T12:02:00Z', '"2025-06-02T12:02:00Z" lies in the future; now is 2025-06-02T12:00:00.000Z'],
    ['2025-06-01T12:00:00Z', '"2025-06-01T12:00:00Z" is older than 24 h, which is evidence of nothing'],
    ['0', '"0" is older than 24 h, which is evidence of nothing'],
  ])('measured_at %s', async (time, said) => {
    expect(await fault(`10.0.0.0/8,icn-kt,1,0,${time}`)).toBe(`measured_at: ${said}`)
  })

  test('all that is wrong with a row at once', async () => {
    expect((await fault('x,y,z,w,v'))?.split('; ').map(part => part.split(':')[0])).toEqual([
      'prefix',
      'cluster',
      'rtt_ms',
      'loss',
      'measured_at',
    ])
  })

  test('too few and too many fields', async () => {
    expect(await fault('10.0.0.0/8,icn-kt')).toBe('has 2 fields; the header has 5')
    expect(await fault(`10.0.0.0/8,icn-kt,1,0,${NOW},x`)).toBe('has 6 fields; the header has 5')
  })

  test('the rows behind a bad one are read all the same', async () => {
    const good = `10.0.0.0/8,icn-kt,1,0,${NOW}\n`
    const lines = await read(`${HEADER}${good}bad\n${good}`)
    expect(lines.map(line => [line.line, 'row' in line])).toEqual([
      [2, true],
      [3, false],
      [4, true],
    ])
  })
})

describe('a bad header ends it', () => {
  const LEGAL = 'the header names prefix, cluster, rtt_ms, loss, measured_at in any order'
  test.each([
    ['', 'is empty; the first line must be prefix,cluster,rtt_ms,loss,measured_at'],
    ['10.0.0.0/8,icn-kt,1,0,0\n', `"10.0.0.0/8" is not a column; ${LEGAL}`],
    ['prefix,cluster,rtt,loss,measured_at\n', `"rtt" is not a column; ${LEGAL}`],
    ['prefix,clustr,rtt_ms,loss,measured_at\n', `"clustr" is not a column (did you mean cluster?); ${LEGAL}`],
    ['prefix,cluster,rtt_ms\n', `column loss, measured_at is missing; ${LEGAL}`],
    ['prefix,cluster,rtt_ms,loss,measured_at,loss\n', `a column stands twice; ${LEGAL}`],
  ])('%j', async (header, said) => {
    expect(await read(header)).toEqual([{ line: 1, fault: said, header: true }])
  })
})
