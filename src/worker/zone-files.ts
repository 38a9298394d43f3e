import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Problem } from '../base/problem.ts'
import type { ZoneSource } from '../model/deployment.ts'
import type { ZoneStatus } from '../model/status.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import { type ParsedZone, parseZoneText } from '../zone/parse.ts'

/** A zone as the compiler takes it: its data, or why there are none. */
export type LoadedZone = ParsedZone | { readonly origin: Name; readonly broken: string }

export interface LoadedZones {
  readonly zones: readonly LoadedZone[]
  readonly problems: readonly Problem[]
  readonly statuses: readonly ZoneStatus[]
}

/** Reads and parses every zone file. A zone that does not load is `broken` under the origin it should have had. */
export function loadZones(sources: readonly ZoneSource[]): LoadedZones {
  const zones: LoadedZone[] = []
  const problems: Problem[] = []
  const statuses: ZoneStatus[] = []
  const taken = new Set<string>()
  for (const source of sources) {
    const loaded = loadZone(source)
    problems.push(...loaded.problems)
    const origin = formatName(loaded.zone.origin)
    if (taken.has(origin)) {
      problems.push(error(source.file, `zone ${origin} is configured twice; each zone has one file`))
      continue
    }
    taken.add(origin)
    zones.push(loaded.zone)
    const broken = 'broken' in loaded.zone ? loaded.zone.broken : null
    statuses.push({
      origin,
      file: source.file,
      serial: 'broken' in loaded.zone ? null : serialOf(loaded.zone),
      records: 'broken' in loaded.zone ? 0 : loaded.zone.records.length,
      error: broken,
    })
  }
  return { zones, problems, statuses }
}

function loadZone(source: ZoneSource): { zone: LoadedZone; problems: readonly Problem[] } {
  const text = readText(source.file)
  if (text === null) {
    const problem = error(source.file, 'zone file cannot be read; check the path and its permissions')
    return { zone: { origin: likelyOrigin(source, ''), broken: problem.message }, problems: [problem] }
  }
  const origin = source.origin === undefined ? undefined : (parseName(source.origin) ?? undefined)
  const { zone, problems } = parseZoneText(text, {
    file: source.file,
    ...(origin === undefined ? {} : { origin }),
    readInclude: (path, from) => readText(resolve(dirname(from), path)),
  })
  if (zone !== null) return { zone, problems }
  const first = problems.find(problem => problem.severity === 'error')
  const broken = first === undefined ? 'does not load' : `line ${first.line}: ${first.message}`
  return { zone: { origin: likelyOrigin(source, text), broken }, problems }
}

/** What a zone that does not load was meant to be: the configured origin, its `$ORIGIN`, or the name of its file. */
function likelyOrigin(source: ZoneSource, text: string): Name {
  const written =
    source.origin ?? /^\$ORIGIN\s+(\S+)/im.exec(text)?.[1] ?? basename(source.file).replace(/\.(zone|db|txt)$/i, '')
  return parseName(written) ?? parseName('invalid')!
}

const SOA = 6

/** SERIAL stands twenty octets before the end of SOA rdata (RFC 1035 section 3.3.13). */
function serialOf(zone: ParsedZone): number | null {
  const soa = zone.records.find(record => record.type === SOA)
  if (soa === undefined) return null
  const { buffer, byteOffset, byteLength } = soa.rdata
  return new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 20)
}

function readText(file: string): string | null {
  try {
    // Zone files are octets (RFC 1035 section 5.1): latin1 keeps each one.
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}

function error(file: string, message: string): Problem {
  return { severity: 'error', file, line: 0, column: 0, message }
}
