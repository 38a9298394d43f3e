import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { recordingPort, startApi } from '../fixture/http.ts'
import { cli, configFor, temporaryFolder, write } from './run.ts'

const HEADER = 'prefix,cluster,rtt_ms,loss,measured_at\n'

/** A server whose clock is that of the machine, and what it was given. */
async function serverWithRows(rows: Measurement[] = []) {
  const { port: control } = recordingPort({
    async putMeasurements(more) {
      rows.push(...more)
    },
    measurements: async () => rows,
  })
  const { port } = await startApi({ port: control, clock: { now: () => millis(Date.now()) } })
  return { rows, config: configFor(port) }
}

const row = (i: number): string =>
  `${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24,icn-kt,${1 + (i % 100)},0,${Date.now()}\n`

describe('rtt import', () => {
  test('a hundred thousand rows in seconds', async () => {
    const { rows, config } = await serverWithRows()
    const file = write(
      temporaryFolder(),
      'many.csv',
      HEADER + Array.from({ length: 100_000 }, (_, i) => row(i)).join(''),
    )
    const { code, out, err } = await cli(['rtt', 'import', file, '-c', config])
    expect({ code, out, err }).toEqual({ code: 0, out: '100,000 rows imported into the running server\n', err: '' })
    expect(rows).toHaveLength(100_000)
    expect(rows[99_999]).toMatchObject({ cluster: 'icn-kt', rttMs: 100, samples: 100, source: 'import' })
  })

  test('one bad row and nothing is imported; every bad row is named with its line', async () => {
    const { rows, config } = await serverWithRows()
    const file = write(
      temporaryFolder(),
      'bad.csv',
      `${HEADER}${row(1)}10.0.0.1/24,icn-kt,1,0,${Date.now()}\n${row(2)}10.0.0.0/24,icn-k,1,0,${Date.now()}\n`,
    )
    const { code, out, err } = await cli(['rtt', 'import', file, '-c', config])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.split('\n')).toEqual([
      expect.stringContaining(`${file}:3: prefix: "10.0.0.1/24" is not a prefix`),
      `${file}:5: cluster: "icn-k" is not a cluster of the configuration (did you mean icn-kt?)`,
      `${file}: nothing was imported: 2 bad rows (2 good rows; import just them with --skip-bad)`,
      '',
    ])
    expect(rows).toEqual([])
  })

  test('--skip-bad imports the others and says how many', async () => {
    const { rows, config } = await serverWithRows()
    const file = write(temporaryFolder(), 'bad.csv', `${HEADER}${row(1)}bad\n${row(2)}`)
    const { code, out, err } = await cli(['rtt', 'import', file, '--skip-bad', '-c', config])
    expect({ code, out }).toEqual({ code: 0, out: '2 rows imported into the running server, 1 bad row skipped\n' })
    expect(err).toContain(`${file}:3: has 1 fields; the header has 5`)
    expect(rows).toHaveLength(2)
    expect((await cli(['rtt', 'import', file, '--skip-bad', '--json', '-c', config])).out).toBe(
      '{"imported":2,"skipped":1}\n',
    )
  })

  test('a thousand bad rows: fifty are listed, all are counted', async () => {
    const { config } = await serverWithRows()
    const file = write(temporaryFolder(), 'bad.csv', HEADER + 'bad\n'.repeat(1000))
    const lines = (await cli(['rtt', 'import', file, '-c', config])).err.trimEnd().split('\n')
    expect(lines).toHaveLength(52)
    expect(lines.slice(-2)).toEqual([
      `${file}: and 950 more bad rows`,
      `${file}: nothing was imported: 1,000 bad rows (0 good rows; import just them with --skip-bad)`,
    ])
  })

  test('a bad header stops it even with --skip-bad', async () => {
    const { rows, config } = await serverWithRows()
    const file = write(temporaryFolder(), 'bad.csv', row(1))
    const { code, err } = await cli(['rtt', 'import', file, '--skip-bad', '-c', config])
    expect(code).toBe(1)
    expect(err).toMatch(/:1: "10\.0\.1\.0\/24" is not a column; the header names prefix, /)
    expect(rows).toEqual([])
  })

  test('a file that is not there, and a folder', async () => {
    const { config } = await serverWithRows()
    expect((await cli(['rtt', 'import', '/nowhere.csv', '-c', config])).err).toBe(
      'kingcdn: /nowhere.csv: there is no such file\n',
    )
    expect((await cli(['rtt', 'import', '/tmp', '-c', config])).err).toBe(
      'kingcdn: /tmp: is a folder; a CSV file is wanted\n',
    )
  })

  test('when the server gives up on the way, it is said how far it came', async () => {
    let calls = 0
    const { port: control } = recordingPort({
      putMeasurements: async () => {
        if (++calls > 2) throw new StoreUnavailable('disk full')
      },
    })
    const { port } = await startApi({ port: control, clock: { now: () => millis(Date.now()) } })
    const text = HEADER + Array.from({ length: 12_000 }, (_, i) => row(i)).join('')
    const { code, out, err } = await cli([
      'rtt',
      'import',
      write(temporaryFolder(), 'a.csv', text),
      '-c',
      configFor(port),
    ])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^only the first 10,000 of 12,000 rows were imported:\nkingcdn: .*disk full.*\n$/)
  })

  test('a progress bar on a terminal only, and it is gone at the end', async () => {
    const { config } = await serverWithRows()
    const file = write(
      temporaryFolder(),
      'many.csv',
      HEADER + Array.from({ length: 20_000 }, (_, i) => row(i)).join(''),
    )
    const { err } = await cli(['rtt', 'import', file, '-c', config], { interactive: true })
    expect(err).toContain('\r\u001b[Kimporting [')
    expect(err).toMatch(/\[#*\.*\] \d+ % /)
    expect(err.endsWith('\r\u001b[K')).toBe(true)
  })
})

describe('rtt export', () => {
  const measured: Measurement = {
    prefix: parsePrefix('203.0.113.0/24')!,
    cluster: 'icn-kt',
    rttMs: 3.1,
    rttVarMs: 0.4,
    loss: 0.01,
    samples: 9,
    measuredAt: millis(Math.floor(Date.now() / 1000) * 1000),
    source: 'probe',
  }
  const text = `${HEADER}203.0.113.0/24,icn-kt,3.1,0.01,${new Date(measured.measuredAt).toISOString()}\n`

  test('writes what an import reads', async () => {
    const { config } = await serverWithRows([measured])
    expect(await cli(['rtt', 'export', '-c', config])).toEqual({ code: 0, out: text, err: '' })
    const { rows, config: other } = await serverWithRows()
    expect((await cli(['rtt', 'import', write(temporaryFolder(), 'a.csv', text), '-c', other])).code).toBe(0)
    expect(rows).toEqual([{ ...measured, rttVarMs: 0, samples: 100, source: 'import' }])
  })

  test('--output', async () => {
    const { config } = await serverWithRows([measured])
    const file = `${temporaryFolder()}/out.csv`
    expect(await cli(['rtt', 'export', '--output', file, '-c', config])).toEqual({
      code: 0,
      out: '',
      err: `1 row written to ${file}\n`,
    })
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('an empty table is a header', async () => {
    const { config } = await serverWithRows()
    expect((await cli(['rtt', 'export', '-c', config])).out).toBe(HEADER)
  })
})
