import type { z } from 'zod'
import { group, list, option } from '../option.ts'
import { clusterSchema } from './cluster.ts'
import { estimatesSchema } from './estimates.ts'
import { serviceSchema } from './service.ts'
import { settings } from './settings.ts'

/** The one table of options of `kingcdn.yaml`: keys, legal values, units, defaults and what each is for. */
export const configSchema = group({
  ...settings,
  estimates: option(
    estimatesSchema,
    'RTTs from elsewhere, for the clients that nobody has measured (docs/estimates.md).',
    {},
  ),
  clusters: option(list(clusterSchema, 'clusters'), 'Server clusters.', []),
  services: option(list(serviceSchema, 'services'), 'What is routed to them.', []),
})

/** The file after validation, before anything is resolved: paths as written, durations in ms, sizes in octets. */
export type ConfigEntries = z.output<typeof configSchema>
