import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { IMPORT_QUIET_MS, SURVEY_MS, Surveyor } from '../../src/control/surveyor.ts'
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
    surveyor.notice(false, at(0))
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
    surveyor.notice(false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    surveyor.notice(true, at(20_000))
    const second = surveyor.next(planOf(first), at(20_000 + IMPORT_QUIET_MS), '')
    expect(second.number).toBe(2)
    const numbers: number[] = []
    let survey = second
    for (let ms = 26_000; ms <= 26_000 + SURVEY_MS; ms += 1000) {
      surveyor.notice(false, at(ms))
      survey = surveyor.next(planOf(survey), at(ms), '')
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
    surveyor.notice(false, at(0))
    const first = surveyor.next(planOf(NO_SURVEY), at(IMPORT_QUIET_MS), '')
    expect(surveyor.next(planOf(first), at(3 * SURVEY_MS), '')).toBe(first)
  })
})
