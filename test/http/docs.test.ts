import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FAILURES } from '../../src/http/failure.ts'
import { routes } from '../../src/http/routes.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { postJson, recordingPassive, recordingPort, startApi } from '../fixture/http.ts'
import { exampleStatus, NOON } from '../fixture/status.ts'

const PAGE = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8')

test('docs/http-api.md lists exactly the calls there are', () => {
  const table = routes(
    recordingPort().port,
    createMetrics(() => exampleStatus()),
    { now: () => NOON },
    recordingPassive().passive,
  )
  const written = [...PAGE.matchAll(/^\| `((?:GET|POST) [^`]+)` \| (.*) \|$/gm)].map(
    match => `${match[1]}: ${match[2]}`,
  )
  expect(written).toEqual(table.map(({ method, path, does }) => `${method} ${path}: ${does}`))
})

test('docs/http-api.md lists exactly the error codes there are', () => {
  const written = [...PAGE.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.*) \|$/gm)].map(([, code, status, when]) => [
    code,
    { status: Number(status), when },
  ])
  expect(Object.fromEntries(written)).toEqual(FAILURES)
})

test.each([
  ['Drain and restore', '/v1/clusters/icn-kt/drain', { no: 1 }],
  ['RTT', '/v1/rtt', { measurements: [{ no: 1 }] }],
  ['RTTs that edges see', '/v1/clusters/icn-kt/rtt', { samples: [{ no: 1 }] }],
])('docs/http-api.md lists the fields of %s', async (section, path, body) => {
  const { url } = await startApi()
  const { message } = (await postJson(`${url}${path}`, body)).body.error
  const legal = /legal: ([a-z_, ]+)/.exec(message)![1]!.split(', ')
  const text = PAGE.split(`## ${section}\n`)[1]!.split('\n## ')[0]!
  expect([...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map(match => match[1])).toEqual(legal)
})
