import { parse } from 'yaml'

/** What a configuration calls its clusters and its services. */
export interface Names {
  readonly clusters: readonly string[]
  /** Content hostnames and CDN names. */
  readonly services: readonly string[]
}

/** The names in a configuration as far as it can be read, for who is still typing: nothing is judged, and nothing thrown. */
export function namesIn(text: string): Names {
  try {
    const { clusters, services } = parse(text) as Record<string, Record<string, unknown>[]>
    return {
      clusters: (clusters ?? []).map(({ id }) => id).filter(isText),
      services: (services ?? []).flatMap(({ cdnName, hostnames }) => [cdnName, hostnames].flat()).filter(isText),
    }
  } catch {
    return { clusters: [], services: [] }
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
