import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { TargetDesk } from '../../src/probe/target-desk.ts'

function begin() {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-desk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const optOutFile = join(folder, 'opt-out.txt')
  writeFileSync(optOutFile, '9.9.9.9\n')
  const seen = {
    resolvers: [
      { address: '9.9.9.9', qps: 1 },
      { address: '8.8.8.8', qps: 1 },
    ],
    away: false,
    logged: [] as string[],
  }
  const desk = new TargetDesk({
    ...{ cluster: 'icn-kt', clusters: [], file: null, methods: ['dns'] },
    settings: { port: 53, optOut: ['7.0.0.0/8'], optOutFile, specialPurpose: false },
    resolvers: async () => {
      if (seen.away) throw new Error('the store is away')
      return seen.resolvers
    },
    demand: async () => [],
    owns: () => true,
    log: (_, message) => void seen.logged.push(message),
  })
  const planned = () => desk.plan().targets.map(({ address }) => address)
  return { desk, optOutFile, seen, planned }
}

it('resolvers and the opt-out list are read again; both lists of those who opted out hold', async () => {
  const { desk, optOutFile, seen, planned } = begin()
  await desk.open()
  await desk.refresh()
  expect(planned()).toEqual(['8.8.8.8'])
  writeFileSync(optOutFile, '8.8.0.0/16  # asked on 2 June\n')
  seen.resolvers.push({ address: '7.7.7.7', qps: 9 })
  await desk.refresh()
  expect(planned()).toEqual(['9.9.9.9'])
})

it('what cannot be read leaves everything as it was, and is said once', async () => {
  const { desk, optOutFile, seen, planned } = begin()
  await desk.open()
  await desk.refresh()
  writeFileSync(optOutFile, 'nobody\n')
  await desk.refresh()
  await desk.refresh()
  writeFileSync(optOutFile, '')
  seen.away = true
  await desk.refresh()
  expect(planned()).toContain('8.8.8.8')
  expect(seen.logged).toEqual([
    expect.stringMatching(/^the targets stay as they are: "nobody" is no address/),
    'the targets stay as they are: the store is away',
  ])
})
