import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { Scorings } from '../../src/control/scorings.ts'
import type { FleetPlan, HeldChoice } from '../../src/model/fleet-plan.ts'
import type { HoldRequest, HoldVerdict } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'

const choice = (cluster: string): HeldChoice => ({ service: 'vod', prefix: '1.2.3.0/24', cluster, wins: 0, terms: 9 })

function setup(verdicts: readonly (HoldVerdict | null | Error | 'silence')[], wins = 0) {
  const asked: HoldRequest[] = []
  const lines: string[] = []
  const scorings = new Scorings<string>(
    {
      hold: async request => {
        asked.push(request)
        const verdict = verdicts[asked.length - 1]
        if (verdict === 'silence' || verdict === undefined) return new Promise(() => {})
        if (verdict instanceof Error) throw verdict
        return verdict
      },
    },
    (_, line) => lines.push(line),
  )
  const plan = (asOf: number) =>
    ({ asOf: millis(asOf), survey: NO_SURVEY, held: [{ ...choice('icn'), wins }] }) as Partial<FleetPlan> as FleetPlan
  /** Asks five times a second until there is an answer or the time is over. */
  const ask = async (before: number, at: number, forMs = 20_000) => {
    for (let now = at; now <= at + forMs; now += 200) {
      const evidence = { asOf: millis(now), evidence: `${now}-0`, pending: `since ${now}` }
      const scored = scorings.after(plan(before), evidence, millis(now))
      if (scored !== null) return { ...scored, after: now - at }
      await new Promise(done => setImmediate(done))
    }
    return null
  }
  return { scorings, asked, lines, ask }
}

describe('before a plan counts new evidence', () => {
  it('the planner is asked about just this evidence, and the plan takes over what it holds', async () => {
    const { asked, ask } = setup([{ held: [choice('nrt')], beyond: 0 }])
    const scored = await ask(1000, 100_000)
    expect(scored).toMatchObject({
      asOf: 100_000,
      evidence: '100000-0',
      pending: 'since 100000',
      held: [choice('nrt')],
    })
    expect(asked).toEqual([
      { served: 1000, survey: NO_SURVEY, held: [choice('icn')], asOf: 100_000, evidence: '100000-0', counts: true },
    ])
  })

  it('wins that another leader has counted do not count again before a minute has passed', async () => {
    const { scorings, asked, ask } = setup(new Array(3).fill({ held: [], beyond: 0 }), 1)
    await ask(90_000, 100_000)
    await ask(100_000, 149_000)
    expect(asked.map(({ counts }) => counts)).toEqual([false, true])
    scorings.begin()
    await ask(200_000, 220_000)
    expect(asked.at(-1)!.counts).toBe(false)
  })

  it('wins count once a minute, however often evidence arrives', async () => {
    const { asked, ask } = setup(new Array(20).fill({ held: [], beyond: 0 }))
    for (let i = 0; i < 14; i++) await ask(i, 100_000 + i * 10_000)
    expect(asked.map(({ counts }) => counts)).toEqual(Array.from({ length: 14 }, (_, i) => i % 6 === 0))
  })

  it('while other tables than the plan speaks of are served, it is asked again every second', async () => {
    const { asked, ask } = setup([null, null, { held: [], beyond: 0 }])
    const scored = await ask(1000, 100_000)
    expect(scored!.after).toBeGreaterThanOrEqual(2000)
    expect(asked.map(({ asOf }) => asOf)).toEqual([100_000, 100_000, 100_000])
  })

  it('a planner that is silent or fails holds nothing up for ever: what is held stays held', async () => {
    const silent = setup([])
    expect(await silent.ask(1000, 100_000)).toMatchObject({ held: [choice('icn')], after: 15_000 })
    const failing = setup([new Error('died')])
    expect(await failing.ask(1000, 100_000)).toMatchObject({ held: [choice('icn')] })
    expect(failing.lines).toEqual(['first choices are held as they are: Error: died'])
  })

  it('another plan in force and the question is a new one', async () => {
    const { asked, ask } = setup(['silence', { held: [], beyond: 0 }])
    expect(await ask(1000, 100_000, 1000)).toBeNull()
    await ask(2000, 102_000)
    expect(asked.map(({ served }) => served)).toEqual([1000, 2000])
  })

  it('too many to be held is an alarm, as long as it is so', async () => {
    const { scorings, ask } = setup([
      { held: [], beyond: 7 },
      { held: [], beyond: 0 },
    ])
    await ask(1000, 100_000)
    expect(scorings.alarms).toEqual([
      'first choices of 7 measured blocks change at once: no more than 4096 can be held',
    ])
    await ask(2000, 200_000)
    expect(scorings.alarms).toEqual([])
  })
})
