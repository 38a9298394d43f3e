import { afterEach, describe, expect, it } from 'vitest'
import { PlannerClient } from '../../src/worker/planner-client.ts'
import { until } from '../fixture/until.ts'

const ENTRY = new URL('./fixture/planner.mjs', import.meta.url)
let client: PlannerClient | undefined
afterEach(() => client?.stop())

describe('the planner seen from the main thread', () => {
  it('what was asked of a dead planner fails, also while its successor is on its way; then it works again', async () => {
    let restarted = 0
    client = new PlannerClient(
      () => undefined,
      () => restarted++,
      { entry: ENTRY },
    )
    const planner = client
    expect(await planner.rtt()).toMatchObject({ rows: 1 })
    const request = { name: 'a.', type: 'A', client: { address: '192.0.2.1', length: null } }
    await expect(planner.explain(request)).rejects.toThrow('died')
    await expect(planner.rtt()).rejects.toThrow('being restarted')
    planner.measurements([], '1-0')
    await until('the successor', () => restarted === 1)
    expect(await planner.rtt()).toMatchObject({ rows: 1 })
    expect(planner.restarts).toBe(1)
  })
})
