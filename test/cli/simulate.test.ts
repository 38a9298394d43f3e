import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { cli, temporaryFolder, write } from './run.ts'

vi.setConfig({ testTimeout: 120_000 })

const EXAMPLE = join(REPOSITORY, 'examples/simulate')
const NETWORK = join(EXAMPLE, 'network.yaml')
const DEMAND = join(EXAMPLE, 'demand.csv')

const simulate = (...args: string[]) => cli(['simulate', '-c', NETWORK, ...args])

describe('what is wrong is said all at once, with file, line, value and what is legal', () => {
  test('demand, truth, measurements and scenario', async () => {
    const folder = temporaryFolder()
    const demand = write(folder, 'd.csv', 'prefix,bps\n10.0.0.0/25,1\n10.1.0.0/18,-1\n10.2.0.0/18,5\n10.2.0.0/20,5\n')
    const truth = write(folder, 't.csv', 'prefix,cluster,rtt_ms\n10.0.0.0/18,nrt-x,5\n10.0.0.0/18,nrt-ix,-5\n')
    const rtt = write(folder, 'r.csv', 'prefix,cluster,rtt_ms,loss,measured_at\n10.0.0.0/18,nrt-ix,5,1.5,now\n')
    const scenario = write(
      folder,
      's.yaml',
      'duration: 5m\nevents:\n  - { at: 10m, fail: nrt-ix }\n  - { at: 1m, explode: nrt-ix }\n',
    )
    const late = write(folder, 'l.yaml', 'duration: 5m\nevents:\n  - { at: 10m, fail: nrt-i }\n')
    const files = ['--demand', demand, '--truth', truth, '--rtt', rtt]
    const { code, out, err } = await simulate(...files, '--scenario', scenario, '--html', join(folder, 'p.html'))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    for (const said of [
      'd.csv:2: prefix: "10.0.0.0/25" is longer than /24',
      'd.csv:3: bps: "-1" is not a number from 0 on',
      'd.csv:5: 10.2.0.0/20 overlaps 10.2.0.0/18 of line 4',
      't.csv:2: cluster: "nrt-x" is not a cluster of the configuration (did you mean nrt-ix?)',
      't.csv:3: rtt_ms: "-5" is not milliseconds above 0',
      'r.csv:2: loss: "1.5" is not a share from 0 to 1',
      's.yaml:4:15: events[1].explode: unknown key; keys: at, fail, restore, drain, silent, frozen, demand, swing',
      'nothing was simulated',
    ])
      expect(err).toContain(said)
    expect(existsSync(join(folder, 'p.html'))).toBe(false)
    const second = await simulate('--demand', DEMAND, '--scenario', late)
    expect(second.err).toContain('events[0].at: lies after the end; duration is 300s')
    expect(second.err).toContain('events[0].fail: "nrt-i" is not a cluster of the configuration (did you mean nrt-ix?)')
  })

  test.each([
    ['an empty file', '', /d\.csv:1: is empty; the header names prefix/],
    ['nobody', 'prefix,bps\n', /demand for nobody/],
    ['nothing', 'prefix,bps\n10.0.0.0/18,0\n', /every bps is 0: demand for nobody/],
    ['a client nobody knows', 'prefix,bps\n192.168.0.0/24,5\n', /d\.csv:2: demand for nobody: lies in special-purpose/],
    ['another unit', 'prefix,rps\n10.0.0.0/18,5\n', /demand is in rps and capacities are in bps; give it in bps/],
    ['queries', 'prefix,qps\n10.0.0.0/18,5\n', /with --per-query, or how full clusters are with --fill/],
  ])('demand of %s', async (_, text, said) => {
    const { code, err } = await simulate('--demand', write(temporaryFolder(), 'd.csv', text))
    expect(code).toBe(1)
    expect(err).toMatch(said)
  })

  test.each(['--demand', '--log', '--rtt', '--truth', '--scenario', '-c'])('%s that never ends', async flag => {
    const others = flag === '--demand' || flag === '--log' ? [] : ['--demand', DEMAND]
    const { code, err } = await simulate(...others, flag, '/dev/zero')
    expect(code).toBe(1)
    expect(err).toMatch(/\/dev\/zero: (gives more than 256 MiB and is no file|is longer than \d+ MiB)/)
  })

  test('a line of a query log that never ends is one line that is wrong', async () => {
    const log = write(temporaryFolder(), 'q.jsonl', `{"time":1,"client":"10.0.0.9"}\n{${' '.repeat(70_000)}\n{"tim\n`)
    const { code, err } = await simulate('--log', log, '--fill', '50%')
    expect(code).toBe(1)
    expect(err).toContain('q.jsonl:2: is longer than 65536 characters')
    expect(err).toContain('q.jsonl:3: is not a line of a query log')
  })

  test('of many things the first fifty are said, and how many more there are', async () => {
    const demand = write(temporaryFolder(), 'd.csv', `prefix,bps\n${'nowhere,1\n'.repeat(80)}`)
    const { err } = await simulate('--demand', demand)
    expect(err.match(/is not a prefix/g)).toHaveLength(50)
    expect(err).toContain('d.csv: and 30 more problems')
  })

  test('a cluster without capacity', async () => {
    const text = readFileSync(NETWORK, 'utf8').replace('capacity: 60Gbps', 'capacity: 0Gbps')
    const { code, err } = await cli(['simulate', '-c', write(temporaryFolder(), 'n.yaml', text), '--demand', DEMAND])
    expect(code).toBe(1)
    expect(err).toContain('"0Gbps" is not a rate')
  })

  test.each([
    [['--demand', DEMAND, '--down', 'nrt'], /--down: "nrt" is not a cluster/],
    [['--demand', DEMAND, '--policy', 'best'], /Not a policy: best; legal: geo, rtt/],
    [[], /--demand <csv> or with --log <file>/],
    [['--demand', DEMAND, '--per-query', '5rps'], /--per-query: "5rps" is not a rate in the unit of capacities/],
  ])('wrong use %j exits with 2', async (args, said) => {
    const { code, err } = await simulate(...args)
    expect(code).toBe(2)
    expect(err).toMatch(said)
  })
})

describe('a run', () => {
  test('is the same for the same seed, and tells a page, tables and JSON', async () => {
    const folder = temporaryFolder()
    const args = ['--demand', DEMAND, '--duration', '2m', '--json']
    const first = await simulate(...args, '--html', join(folder, 'p.html'), '--csv', join(folder, 'csv'))
    const again = await simulate(...args)
    const other = await simulate(...args, '--seed', '2', '--fill', '60%')
    expect(first.code).toBe(0)
    expect(again.out).toBe(first.out)
    expect(other.out).not.toBe(first.out)
    const report = JSON.parse(first.out) as { runs: { rttMs: Record<string, { mean: number }> }[] }
    expect(report.runs[0]!.rttMs.served!.mean).toBeGreaterThanOrEqual(report.runs[0]!.rttMs.oracle!.mean)
    const page = readFileSync(join(folder, 'p.html'), 'utf8')
    expect(page).toContain('<svg')
    expect(page).not.toMatch(/<script|https?:\/\/|NaN|undefined/)
    expect(readFileSync(join(folder, 'csv/loads.csv'), 'utf8')).toMatch(
      /^policy,second,cluster,load_share\nconfigured,0,/,
    )
  })

  test('a query log is demand', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ time: 1e9 + i, client: `10.${i % 40}.0.9` }))
    const log = write(temporaryFolder(), 'q.jsonl', `${lines.join('\n')}\n`)
    const { code, out } = await simulate('--log', log, '--per-query', '1Gbps', '--duration', '1m', '--json')
    expect(code).toBe(0)
    // 60 queries in 59 s.
    expect((JSON.parse(out) as { demand: { value: number } }).demand.value / 1e9).toBeCloseTo(60 / 59, 5)
  })
})
