import type { z } from 'zod'
import { asn } from '../kind/address.ts'
import { country, id } from '../kind/name.ts'
import { decimal } from '../kind/number.ts'
import { group, list, option, table } from '../option.ts'

/** One entry of the overrides file; its key is the prefix. */
export const overrideSchema = group({
  place: option(
    group({
      lat: option(decimal(-90, 90, 'degrees north'), 'Latitude.'),
      lon: option(decimal(-180, 180, 'degrees east'), 'Longitude.'),
      country: option(country, 'Country.').optional(),
    }),
    'Where the clients are.',
  ).optional(),
  asn: option(asn, 'Network the clients belong to.').optional(),
  clusters: option(
    list(id, 'cluster ids, first is best', 1),
    'Fixed cluster order (coverage zone): the first usable one serves.',
  ).optional(),
})

export const overridesSchema = table(overrideSchema, 'a mapping of prefix to { place, asn, clusters }')

export type OverrideEntry = z.output<typeof overrideSchema>
