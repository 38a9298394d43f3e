import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'

const BASE = 'zones: [{ file: a.zone }]\nnode: ns1\n'
const read = (log: string) =>
  parseConfig(`${BASE}log: ${log}\n`, '/etc/kingcdn/kingcdn.yaml', () => ({ kind: 'text', text: '' }))
const faults = (log: string) => read(log).problems.map(({ message }) => message)

test('logs of queries: paths are absolute, shares are numbers, and what is left out is off', () => {
  const { config, problems } = read('{ queries: { file: q.jsonl, sample: 1% }, dnstap: { socket: /run/tap.sock } }')
  expect(problems).toEqual([])
  expect(config!.queryLogs).toEqual({
    queries: { file: '/etc/kingcdn/q.jsonl', sample: 0.01, maxSize: 2 ** 30 },
    decisions: null,
    dnstap: { to: { socket: '/run/tap.sock' }, sample: 1, what: 'all', identity: 'ns1' },
    clients: 'whole',
  })
  expect(config!.log).toEqual({ level: 'info', format: 'auto', repeats: 60 })
})

test('- is standard output', () => {
  expect(read('{ decisions: { file: "-" } }').config!.queryLogs.decisions!.file).toBe('-')
})

test('dnstap goes to a socket or to a file, not to both or none', () => {
  const fault = 'log.dnstap: needs one of socket and file, and only one'
  expect(faults('{ dnstap: {} }')).toEqual([fault])
  expect(faults('{ dnstap: { socket: a, file: b } }')).toEqual([fault])
  expect(faults('{ dnstap: { file: b, maxSize: 1MiB } }')).toEqual([])
})

test('a share of nothing is none', () => {
  expect(faults('{ queries: { file: a, sample: 0 } }')[0]).toContain('log.queries.sample: 0 is out of range')
})
