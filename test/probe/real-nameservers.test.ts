import { describe, expect, it, onTestFinished } from 'vitest'
import { DNS } from '../../src/probe/dns-probe.ts'
import { TCP } from '../../src/probe/tcp-probe.ts'
import type { Corpus } from '../contract/foreign/corpus.ts'
import { FOREIGN, type ForeignName, startForeign } from '../contract/foreign/servers.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const NO_ZONES = { zones: new Map() } as unknown as Corpus

describe.each(Object.keys(FOREIGN) as ForeignName[])('a nameserver that knows nothing of the root: %s', name => {
  it.skipIf(missing(FOREIGN[name].program))('answers a DNS probe and a TCP probe', async () => {
    const { port, stop } = await startForeign(FOREIGN[name], NO_ZONES)
    onTestFinished(stop)
    const target = { address: '127.0.0.1', port }
    const rttMs = await until('it to answer', () => DNS.ask(target, 500))
    expect(rttMs).toBeGreaterThan(0)
    expect(await TCP.ask(target, 900)).toBeGreaterThan(0)
  })
})
