import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Problem } from '../base/problem.ts'
import type { ZoneSource } from '../model/deployment.ts'
import { type Name, parseName } from '../wire/name.ts'
import type { BrokenZone } from '../zone/compile.ts'
import { parseZoneText } from '../zone/master-file.ts'
import type { ParsedZone } from '../zone/parsed-zone.ts'
import { type FileStamp, stampOf } from './file-stamps.ts'

/** A zone as the compiler takes it: its data, or why there are none; in the order of the configuration. */
export type LoadedZone = ParsedZone | BrokenZone

/**
 * Reads and parses every zone file. A zone that does not load is `broken` under the origin it should have had; `known` tells the origins that
 * files had when they last loaded. `files`: every one that was opened, or tried.
 */
export function loadZones(
  sources: readonly ZoneSource[],
  known: ReadonlyMap<string, string>,
): { zones: LoadedZone[]; problems: Problem[]; files: FileStamp[] } {
  const files: FileStamp[] = []
  const read = (file: string): string | null => {
    files.push([file, stampOf(file)])
    return readText(file)
  }
  const loaded = sources.map(source => loadZone(source, known.get(source.file), read))
  return { zones: loaded.map(({ zone }) => zone), problems: loaded.flatMap(({ problems }) => problems), files }
}

function loadZone(
  source: ZoneSource,
  known: string | undefined,
  read: (file: string) => string | null,
): { zone: LoadedZone; problems: readonly Problem[] } {
  const text = read(source.file)
  if (text === null) {
    const message = 'zone file cannot be read; check the path and its permissions'
    const problem: Problem = { severity: 'error', file: source.file, line: 0, column: 0, message }
    return { zone: { origin: likelyOrigin(source, known, ''), broken: message }, problems: [problem] }
  }
  const origin = source.origin === undefined ? undefined : (parseName(source.origin) ?? undefined)
  const { zone, problems } = parseZoneText(text, {
    file: source.file,
    ...(origin === undefined ? {} : { origin }),
    readInclude: (path, from) => read(resolve(dirname(from), path)),
  })
  if (zone !== null) return { zone, problems }
  const first = problems.find(problem => problem.severity === 'error')
  const broken = first === undefined ? 'does not load' : sentence(first, source.file)
  return { zone: { origin: likelyOrigin(source, known, text), broken }, problems }
}

/** The problem for one who knows which zone it is of: its line, and its file where that is an included one. */
function sentence({ file, line, message }: Problem, zoneFile: string): string {
  const place = [...(file === zoneFile ? [] : [file]), ...(line > 0 ? [`line ${line}`] : [])].join(' ')
  return place === '' ? message : `${place}: ${message}`
}

/**
 * What a zone that does not load was meant to be: the configured origin, the one it had, the absolute owner of its SOA, its `$ORIGIN`, or the
 * name of its file.
 */
function likelyOrigin(source: ZoneSource, known: string | undefined, text: string): Name {
  const fileName = basename(source.file).replace(/\.(zone|db|txt)$/i, '')
  const said = /^(\S+\.)[ \t]+(?:(?:[0-9]\w*|IN)[ \t]+)*SOA\s/im.exec(text) ?? /^\$ORIGIN\s+(\S+)/im.exec(text)
  const written = source.origin ?? known ?? said?.[1] ?? fileName
  return parseName(written) ?? parseName('invalid')!
}

/** Zone files are octets (RFC 1035 section 5.1): latin1 keeps each one. */
function readText(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}
