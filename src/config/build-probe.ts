import { millis } from '../base/brand.ts'
import type { ProbeSettings } from './config.ts'
import type { ConfigEntries } from './schema/schema.ts'

/** The prober's settings: paths absolute, the tail never before the head. */
export function buildProbe(entry: ConfigEntries['probe'], absolute: (path: string) => string): ProbeSettings {
  const { interval, tailInterval, http, optOutFile } = entry
  return {
    ...entry,
    tailInterval: millis(Math.max(interval, tailInterval)),
    http: http ?? null,
    optOutFile: optOutFile === undefined ? null : absolute(optOutFile),
  }
}
