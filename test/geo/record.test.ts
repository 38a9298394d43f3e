import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networkOf, placeOf } from '../../src/geo/record.ts'

const SEED = 20260101

describe('the place of a record', () => {
  it.each([
    ['a flat record with numbers', { country_code: 'KR', latitude: 37.5665, longitude: 126.978, city: 'Seoul' }],
    ['a flat record with text', { country_code: 'kr', latitude: '37.5665', longitude: '126.978', city: 'Seoul' }],
    [
      'a GeoIP2 record',
      {
        country: { iso_code: 'KR' },
        city: { names: { en: 'Seoul' } },
        location: { latitude: 37.5665, longitude: 126.978 },
      },
    ],
    ['a nameless city', { country: { iso_code: 'KR' }, city: {}, location: { latitude: 37.5665, longitude: 126.978 } }],
    ['a region', { country: { iso_code: 'KR' }, subdivisions: [{}], location: { latitude: 37.6, longitude: 127 } }],
    ['a flat region', { country_code: 'KR', latitude: 37.6, longitude: 127, city: '', state1: 'Seoul' }],
  ])('%s', (_, record) => {
    const seoul = { lat: 37.6, lon: 127, country: 'KR', continent: 'AS', radiusKm: 0, centroid: false, from: 'x' }
    expect(placeOf(record, 'x')).toEqual(seoul)
  })

  it.each([
    ['no city and no region', { country_code: 'KR', latitude: 36, longitude: 128, city: '', state1: '' }, true],
    [
      'an empty city name',
      { country: { iso_code: 'KR' }, city: { names: { en: '' } }, location: { latitude: 36, longitude: 128 } },
      true,
    ],
    ['coordinates without a country', { latitude: 36, longitude: 128 }, false],
    ['a radius of 499 km', { city: {}, location: { latitude: 36, longitude: 128, accuracy_radius: 499 } }, false],
    ['a radius of 500 km', { city: {}, location: { latitude: 36, longitude: 128, accuracy_radius: 500 } }, true],
  ])('%s: centroid %s', (_, record, centroid) => {
    expect(placeOf(record, 'x')!.centroid).toBe(centroid)
  })

  it.each([
    ['latitude out of range', { country_code: 'KR', latitude: 91, longitude: 0 }],
    ['longitude out of range', { country_code: 'KR', latitude: 9, longitude: -180.5 }],
    ['not a number', { country_code: 'KR', latitude: 'north', longitude: '' }],
    ['NaN', { country_code: 'KR', location: { latitude: Number.NaN, longitude: 1 } }],
    ['half a point', { country_code: 'KR', latitude: 9 }],
    ['null island', { country_code: 'KR', latitude: 0, longitude: 0 }],
  ])('%s: the default point of the country', (_, record) => {
    expect(placeOf(record, 'x')).toMatchObject({ country: 'KR', centroid: true, from: 'country default' })
  })

  it.each([
    ['nothing', {}],
    ['a country that is no code', { country_code: 'Korea' }],
    ['the code for unknown', { country_code: 'ZZ' }],
    ['a code that nobody has', { country_code: 'QQ' }],
    ['an unknown continent', { continent: { code: 'XX' } }],
    ['a number', 7],
    ['a text', 'KR'],
    ['a list', ['KR']],
    ['null', null],
  ])('%s: no place', (_, record) => {
    expect(placeOf(record, 'x')).toBeNull()
  })

  it('has no country where the database writes ZZ', () => {
    expect(placeOf({ country_code: 'ZZ', latitude: 10, longitude: 20 }, 'x')).toEqual({
      lat: 10,
      lon: 20,
      radiusKm: 0,
      centroid: false,
      from: 'x',
    })
  })

  it('of equal places is equal, whatever the sign of zero', () => {
    expect(Object.is(placeOf({ latitude: -0.01, longitude: 20 }, 'x')!.lat, 0)).toBe(true)
  })
})

describe('the network of a record', () => {
  it.each([
    [
      { autonomous_system_number: 4766, autonomous_system_organization: 'KT' },
      { asn: 4766, organisation: 'KT' },
    ],
    [
      { asn: 4766, as_name: 'KT' },
      { asn: 4766, organisation: 'KT' },
    ],
    [{ asn: 'AS4766' }, { asn: 4766 }],
    [{ asn: '4766' }, { asn: 4766 }],
    [{ traits: { autonomous_system_number: 4766 } }, { asn: 4766 }],
    [{ asn: 4294967295 }, { asn: 4294967295 }],
    [{ asn: 0 }, null],
    [{ asn: 4294967296 }, null],
    [{ asn: 1.5 }, null],
    [{ asn: 'AS' }, null],
    [{ asn: 'AS4766x' }, null],
    [{}, null],
    [null, null],
  ])('%j', (record, network) => {
    expect(networkOf(record)).toEqual(network)
  })
})

it('no record of any shape is an exception', () => {
  const key = fc.constantFrom(
    'country',
    'city',
    'location',
    'latitude',
    'longitude',
    'asn',
    'continent',
    'names',
    'code',
    'iso_code',
    'country_code',
    'subdivisions',
    '__proto__',
  )
  const { tree } = fc.letrec(tie => ({
    leaf: fc.oneof(fc.double(), fc.string({ maxLength: 3 }), fc.boolean(), fc.constant(null), fc.bigInt()),
    map: fc.dictionary(key, tie('tree') as fc.Arbitrary<unknown>, { maxKeys: 5 }),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      tie('map'),
      fc.array(tie('tree') as fc.Arbitrary<unknown>, { maxLength: 2 }),
    ),
  }))
  fc.assert(
    fc.property(tree, record => {
      placeOf(record, 'x')
      networkOf(record)
    }),
    { seed: SEED, numRuns: 3000 },
  )
})
