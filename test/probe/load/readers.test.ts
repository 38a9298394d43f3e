import { describe, expect, test } from 'vitest'
import { Exposition } from '../../../src/probe/load/exposition.ts'
import type { LineReader } from '../../../src/probe/load/reading.ts'
import { StubStatus } from '../../../src/probe/load/stub-status.ts'

const read = (reader: LineReader, page: string) => {
  for (const line of page.split('\n')) reader.line(line)
  const { series, ...rest } = reader.finish()
  return { ...rest, figures: [...series.values()] }
}

describe('a page in the Prometheus text format', () => {
  const PAGE = `# TYPE net_bytes_total counter
net_bytes_total{device="eth0",dir="tx"} 100
net_bytes_total{device="eth1",dir="tx"} 20
net_bytes_total{device="lo",dir="tx"} 7
net_bytes_total_other 5
broken{ 1 2 3
up 1
`
  const of = (labels: Record<string, string>, page = PAGE, metric = 'net_bytes_total') =>
    read(new Exposition(metric, labels), page)

  test('gives the series of the metric that have the labels, and looks at no other line', () => {
    expect(of({}).figures).toEqual([100, 20, 7])
    expect(of({ device: 'eth1' }).figures).toEqual([20])
    expect(of({ device: 'lo', dir: 'tx', zone: '' }).figures).toEqual([7])
  })

  test('is as old as the oldest figure that names its time', () => {
    expect(of({}, 'm{a="1"} 1 2000\nm{a="2"} 1 1000\nm{a="3"} 1', 'm').at).toBe(1000)
    expect(of({}).at).toBeNull()
  })

  test.each([
    ['without the series', 'up 1', { device: 'eth0' }, 'has no net_bytes_total{device="eth0"}'],
    ['that is empty', '', {}, 'has no net_bytes_total'],
    [
      'with a line that is none',
      'net_bytes_total{a="1"} 1\nnet_bytes_total{',
      {},
      'line 2 is no sample of net_bytes_total',
    ],
    [
      'with a series twice',
      'net_bytes_total{a="1",b="2"} 1\nnet_bytes_total{b="2",a="1"} 2',
      {},
      'has a series of net_bytes_total twice',
    ],
    ['that says NaN', 'net_bytes_total NaN', {}, 'says NaN for net_bytes_total'],
    ['that says infinity', 'net_bytes_total +Inf', {}, 'says Infinity for net_bytes_total'],
    ['that says less than nothing', 'net_bytes_total -1', {}, 'says -1 for net_bytes_total'],
  ])('%s gives no figure at all', (_, page, labels, fault) => {
    expect(() => of(labels, page)).toThrow(fault)
  })

  test('with more series than a cluster can have is refused before it fills the memory', () => {
    const reader = new Exposition('m', {})
    const all = () => {
      for (let i = 0; i < 20_000; i++) reader.line(`m{i="${i}"} 1`)
    }
    expect(all).toThrow('has more than 10000 series of m')
  })

  test('a NaN of a series that nobody asked for harms nobody', () => {
    expect(of({ device: 'eth0' }, `${PAGE}net_bytes_total{device="eth9"} NaN`).figures).toEqual([100])
  })
})

describe('a stub_status page', () => {
  const PAGE = `Active connections: 291 
server accepts handled requests
 16630948 16630948 31070465 
Reading: 6 Writing: 179 Waiting: 106 
`
  test('has connections, our own among them', () => {
    expect(read(new StubStatus('connections'), PAGE)).toEqual({ figures: [291], at: null, own: 1 })
  })

  test('has requests', () => {
    expect(read(new StubStatus('requests'), PAGE).figures).toEqual([31070465])
  })

  test('may be that of Tengine, which counts times too', () => {
    const tengine = PAGE.replace('requests', 'requests request_time').replace('31070465', '31070465 1200')
    expect(read(new StubStatus('requests'), tengine).figures).toEqual([31070465])
  })

  test.each([
    ['an HTML page', '<html>\n<body>403</body>\n</html>'],
    ['nothing', ''],
    ['a page that was cut off', PAGE.slice(0, 60)],
    ['a number of a thousand digits', PAGE.replace('291', '9'.repeat(1000))],
    ['endless lines', `${PAGE}${PAGE}${PAGE}`],
    ['a page with something before it', `x\n${PAGE}`],
  ])('%s is none', (_, page) => {
    expect(() => read(new StubStatus('connections'), page)).toThrow('shows no stub_status page of nginx')
  })
})
