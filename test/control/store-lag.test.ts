import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { NodeReporter } from '../../src/control/node-reporter.ts'
import { StoreLag } from '../../src/control/store-lag.ts'
import { createStore } from '../../src/store/create.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { startProxy, type TcpProxy } from '../fixture/proxy.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { Recorder, systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const at = (ms: number) => millis(ms)

describe('what a change takes to arrive', () => {
  it('is not known before a report has come back, and then what the last one took', () => {
    const lag = new StoreLag()
    expect(lag.reading(at(0), null)).toBeNull()
    lag.sent(at(100), at(100))
    lag.heard(at(100), at(130))
    expect(lag.reading(at(900), null)).toBe(30)
    lag.sent(at(5100), at(5101))
    lag.heard(at(5100), at(5103))
    expect(lag.reading(at(5200), null)).toBe(2)
  })

  it('grows while a report is under way for longer than the last one, whatever is sent after it', () => {
    const lag = new StoreLag()
    lag.sent(at(0), at(0))
    lag.heard(at(0), at(30))
    lag.sent(at(5000), at(5000))
    expect(lag.reading(at(5010), null)).toBe(30)
    expect(lag.reading(at(5200), null)).toBe(200)
    lag.sent(at(10_000), at(10_000))
    expect(lag.reading(at(12_000), null)).toBe(7000)
    lag.heard(at(5000), at(12_500))
    expect(lag.reading(at(13_000), null)).toBe(7500)
  })

  it('a report that was lost is forgotten with the next that comes back', () => {
    const lag = new StoreLag()
    lag.sent(at(0), at(0))
    lag.sent(at(5000), at(5000))
    lag.heard(at(5000), at(5040))
    expect(lag.reading(at(6000), null)).toBeNull()
    lag.sent(at(10_000), at(10_000))
    lag.heard(at(10_000), at(10_040))
    expect(lag.reading(at(11_000), null)).toBe(40)
  })

  it('what an earlier process of the name said, and clocks that run backwards, count for nothing', () => {
    const lag = new StoreLag()
    lag.heard(at(50), at(60))
    expect(lag.reading(at(70), null)).toBeNull()
    lag.sent(at(100), at(100))
    lag.heard(at(90), at(101))
    expect(lag.reading(at(120), null)).toBe(20)
    lag.heard(at(100), at(80))
    expect(lag.reading(at(120), null)).toBe(0)
  })

  it('is at least the time for which the store is away', () => {
    const lag = new StoreLag()
    expect(lag.reading(at(9000), at(2000))).toBe(7000)
    lag.sent(at(1000), at(1000))
    lag.heard(at(1000), at(1030))
    expect(lag.reading(at(9000), at(2000))).toBe(7000)
  })
})

describe.skipIf(missing('redis-server'))('by a real Redis behind a network', () => {
  let redis: RedisServer
  let proxy: TcpProxy
  beforeAll(async () => {
    redis = await startRedis()
    proxy = await startProxy(redis.port)
  })
  afterAll(async () => {
    await proxy.close()
    await redis.stop()
  })

  it('the lag is the delay of the network, grows while nothing comes through, and ends with it', async () => {
    const store = createStore(`redis://127.0.0.1:${proxy.port}`, {
      ...{ stateDir: '', clock: systemClock, log: () => undefined },
    })
    const lag = new StoreLag()
    const recorder = new Recorder()
    recorder.onNode = report => lag.heard(report.at, systemClock.now())
    await store.open(recorder)
    await until('it to be up', () => recorder.ready > 0)
    const reporter = new NodeReporter({
      ...{ node: 'ns1', store, publisher: { served: null }, state: { plan: null }, leader: { isLeader: false } },
      ...{ clock: systemClock, lag, alarms: () => 0, knowsSince: () => '' },
    })
    const reading = () => lag.reading(systemClock.now(), null)
    let beat = systemClock.now() as number
    // Every tick is past the interval of the reporter.
    const report = () => {
      beat += 6_000
      return reporter.tick(millis(beat))
    }
    const settled = (least: number) =>
      until(`a lag from ${least} ms on`, async () => {
        await report().catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable))
        return (reading() ?? 0) >= least
      })
    await report()
    await until('the first report to come back', () => reading() !== null)
    proxy.delayMs = 100
    await settled(150)
    redis.pause()
    proxy.delayMs = 0
    await settled(600)
    redis.resume()
    await until('reports to come back soon again', async () => {
      await report().catch(() => undefined)
      return (reading() ?? 600) < 600
    })
    await store.close()
  })
})
