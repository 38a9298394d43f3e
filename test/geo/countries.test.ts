import { describe, expect, it } from 'vitest'
import { CONTINENTS, COUNTRIES } from '../../src/geo/countries.ts'

describe('the table of countries', () => {
  it('has the 249 codes of ISO 3166-1 and Kosovo', () => {
    expect(Object.keys(COUNTRIES)).toHaveLength(250)
    // Every code to which this runtime knows a region name is a country, a reserved code or a group of countries.
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
    for (const code of Object.keys(COUNTRIES)) expect(names.of(code), code).toBeTruthy()
  })

  it('gives each a point on the globe and a continent', () => {
    for (const [code, { lat, lon, continent }] of Object.entries(COUNTRIES)) {
      expect(code).toMatch(/^[A-Z]{2}$/)
      expect(Math.abs(lat) <= 90 && Math.abs(lon) <= 180, code).toBe(true)
      expect(Object.keys(CONTINENTS), code).toContain(continent)
    }
  })
})
