import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { IMPORT_QUIET_MS, JOINED_MS, SURVEY_MS, Surveyor } from '../../src/control/surveyor.ts'
import { NO_SURVEY, type Survey } from '../../src/model/survey.ts'
import { plan } from '../fixture/store.ts'

const at = (ms: number) => millis(1_000_000 + ms)
const planOf = (survey: Survey, evidence = '1-0') => plan(1, 1, { survey, evidence, asOf: at(0) })

describe('a survey', () => {
  test('is not made of nothing', () => {
    const surveyor = new Surveyor()
    expect(surveyor.next(null, at(0), '')).toBe(NO_SURVEY)
    expect(surveyor.next(planOf(NO_SURVEY, ''), at(SURVEY_MS), '')).toBe(NO_SURVEY)
    expect(surveyor.next(planOf(NO_SURVEY), at(SURVEY_MS), ''), 'no measurement has come').toBe(NO_SURVEY)
  })

  test('is made of the first measurements once they have all come, and counts what the plan before it counts', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', false, at(0))
    expect(surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS - 1), '')).toBe(NO_SURVEY)
    expect(surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')).toEqual({
      number: 1,
      asOf: at(0),
      evidence: '1-0',
      demand: '',
    })
  })

  test('follows an import soon, and probers every five minutes though they never fall quiet', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    surveyor.notice('2-0', true, at(20_000))
    const second = surveyor.next(planOf(first, '2-0'), at(20_000 + IMPORT_QUIET_MS), '')
    expect(second.number).toBe(2)
    const numbers: number[] = []
    let survey = second
    for (let ms = 26_000; ms <= 26_000 + SURVEY_MS; ms += 1000) {
      surveyor.notice(`${ms}-0`, false, at(ms))
      survey = surveyor.next(planOf(survey, `${ms}-0`), at(ms), '')
      numbers.push(survey.number)
    }
    expect(numbers.at(-3), 'not before its time').toBe(2)
    expect(survey.number).toBe(3)
  })

  test('is made of other demand at once, measured or not, and counts it from then on', () => {
    const surveyor = new Surveyor()
    const first = surveyor.next(planOf(NO_SURVEY, ''), at(0), 'a')
    expect(first).toEqual({ number: 1, asOf: at(0), evidence: '', demand: 'a' })
    expect(surveyor.next(planOf(first, ''), at(200), 'a')).toBe(first)
    expect(surveyor.next(planOf(first), at(400), 'b')).toEqual({ number: 2, asOf: at(0), evidence: '1-0', demand: 'b' })
  })

  test('is not repeated while nothing new is measured', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    expect(surveyor.next(planOf(first), at(3 * SURVEY_MS), '')).toBe(first)
  })

  test('waits for the plan that counts the import', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    surveyor.notice('2-0', true, at(20_000))
    const late = at(20_000 + 3 * IMPORT_QUIET_MS)
    expect(surveyor.next(planOf(first), late, ''), 'the planner is still busy').toBe(first)
    expect(surveyor.next(planOf(first, '2-0'), late, '')).toMatchObject({ number: 2, evidence: '2-0' })
  })

  test('follows an import soon though probers never fall quiet', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    surveyor.notice('2-0', true, at(20_000))
    for (let s = 21; s <= 25; s++) surveyor.notice(`${s}-0`, false, at(1000 * s))
    expect(surveyor.next(planOf(first, '25-0'), at(20_000 + IMPORT_QUIET_MS), '').number).toBe(2)
  })

  test('that did not reach the store is made again', () => {
    const surveyor = new Surveyor()
    surveyor.notice('1-0', true, at(0))
    const lost = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    expect(surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS + 200), '')).toEqual(lost)
  })

  test('is not repeated by whoever takes over the lease', () => {
    const standby = new Surveyor()
    standby.notice('1-0', true, at(0))
    const made: Survey = { number: 1, asOf: at(0), evidence: '1-0', demand: '' }
    expect(standby.next(planOf(made), at(IMPORT_QUIET_MS), '')).toBe(made)
    standby.notice('2-0', false, at(60_000))
    expect(standby.next(planOf(made, '2-0'), at(60_000), '')).toBe(made)
    expect(standby.next(planOf(made, '2-0'), at(SURVEY_MS), '').number).toBe(2)
  })

  test('follows soon where a nameserver joined behind the last one and knows newer measurements only, once for each that joins', () => {
    const surveyor = new Surveyor()
    surveyor.notice('100-0', false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY, '100-0'), at(IMPORT_QUIET_MS), '')
    const known = ['100-0', '130-0']
    surveyor.notice('120-0', false, at(20_000))
    expect(surveyor.next(planOf(first, '120-0'), at(20_000), '', known), 'others may still join').toBe(first)
    expect(
      surveyor.next(planOf(first, '100-0'), at(20_000 + JOINED_MS), '', known),
      'nothing is newer than the survey',
    ).toBe(first)
    const second = surveyor.next(planOf(first, '120-0'), at(20_000 + JOINED_MS), '', known)
    expect(second).toMatchObject({ number: 2, evidence: '120-0' })
    expect(surveyor.next(planOf(second, '140-0'), at(60_000), '', known)).toBe(second)
    expect(surveyor.next(planOf(second, '140-0'), at(61_000), '', [...known, '110-0']), 'before the survey').toBe(
      second,
    )
    const forged = '9999999999999999-0'
    surveyor.next(planOf(second, '140-0'), at(61_200), '', [...known, forged])
    const third = surveyor.next(planOf(second, '140-0'), at(61_200 + JOINED_MS), '', [...known, forged])
    expect(third.number, 'a made-up position costs one survey').toBe(3)
    expect(surveyor.next(planOf(third, '145-0'), at(90_000), '', [...known, forged])).toBe(third)
    surveyor.next(planOf(third, '160-0'), at(91_000), '', [...known, forged, '150-0'])
    const last = surveyor.next(planOf(third, '160-0'), at(91_000 + JOINED_MS), '', [...known, forged, '150-0'])
    expect(last.number, 'and hides nobody who joins').toBe(4)
  })
})
