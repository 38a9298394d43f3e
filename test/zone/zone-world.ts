import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { formatProblem } from '../../src/base/problem.ts'
import { formatName, type Name, parseName } from '../../src/wire/name.ts'
import { formatRdata } from '../../src/wire/rdata/presentation.ts'
import { typeName, typeNumber } from '../../src/wire/rdata/type.ts'
import { type BrokenZone, type CompiledZones, compileZones } from '../../src/zone/compile.ts'
import { findGlue, lookup } from '../../src/zone/lookup.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { newLookup, Outcome } from '../../src/zone/outcome.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import type { ParsedZone } from '../../src/zone/parsed-zone.ts'
import { ZoneTables } from '../../src/zone/tables.ts'

export const name = (text: string): Name => {
  const parsed = parseName(text)
  if (parsed === null) throw new Error(`not a name: ${text}`)
  return parsed
}

/** The problems of a zone text as `line:column: message`. */
export function problemsOf(text: string, origin?: string): string[] {
  const { problems } = parseZoneText(text, { file: '', ...(origin === undefined ? {} : { origin: name(origin) }) })
  return problems.map(formatProblem)
}

/** Parses a zone that must be sound. */
export function zoneOf(text: string, origin?: string): ParsedZone {
  const options = { file: 'test.zone', ...(origin === undefined ? {} : { origin: name(origin) }) }
  const { zone, problems } = parseZoneText(text, options)
  if (zone === null) throw new Error(problems.map(formatProblem).join('\n'))
  return zone
}

/** What a lookup says, as text. */
export interface Said {
  readonly outcome: keyof typeof Outcome
  /** Origin of the answering zone. */
  readonly zone?: string
  /** `owner ttl TYPE data` for each record of the RRset. */
  readonly data?: readonly string[]
  /** The suffix of the query name that `cut` points to. */
  readonly cut?: string
  readonly routed?: number
  readonly wildcard?: true
}

export interface ZoneWorld {
  readonly tables: ZoneTables
  readonly compiled: CompiledZones
  /** Looks `qname` up; `TYPE` by mnemonic. */
  ask(qname: string, type?: string): Said
  rrset(index: number): string[]
  /** The address RRset of `host`, found the way glue is found. */
  address(host: string, type?: string): string[]
}

const OUTCOME_NAMES = Object.keys(Outcome) as (keyof typeof Outcome)[]

/** Compiles zones into an arena in shared memory, as the planner does, and opens it. */
export function openZones(
  zones: readonly (string | ParsedZone | BrokenZone)[],
  overlays: readonly Overlay[] = [],
): ZoneWorld {
  const compiled = compileZones(
    zones.map(zone => (typeof zone === 'string' ? zoneOf(zone) : zone)),
    overlays,
  )
  const writer = new ArenaWriter()
  compiled.sections(writer)
  const buffer = new SharedArrayBuffer(writer.byteLength)
  writer.writeTo(buffer)
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  const tables = ZoneTables.open(verdict.arena)
  const result = newLookup()
  const rrset = (index: number): string[] => rrsetText(tables, index)
  const ask = (qname: string, type = 'A'): Said => {
    // The name stands somewhere inside a larger message, as it does in life.
    const wire = name(qname)
    const message = Uint8Array.from([1, 2, 3, ...wire, 9, 9])
    lookup(tables, message, 3, wire.length, typeNumber(type)!, result)
    const cutOff = result.outcome === Outcome.Delegation || result.outcome === Outcome.FollowDname
    return {
      outcome: OUTCOME_NAMES[result.outcome]!,
      ...(result.zone < 0 ? {} : { zone: tables.zones[result.zone]!.origin }),
      ...(result.rrset < 0 ? {} : { data: rrset(result.rrset) }),
      ...(cutOff ? { cut: formatName(wire, result.cut) } : {}),
      ...(result.routed < 0 ? {} : { routed: result.routed }),
      ...(result.wildcard ? { wildcard: true } : {}),
    }
  }
  const address = (host: string, type = 'A'): string[] => {
    // findGlue reads names from the tables' own bytes: put the host there by way of an NS target.
    const at = nameInTables(tables, name(host))
    const index = findGlue(tables, at, typeNumber(type)!)
    return index < 0 ? [] : rrset(index)
  }
  return { tables, compiled, ask, rrset, address }
}

function rrsetText(tables: ZoneTables, index: number): string[] {
  const type = tables.rrsetType(index)
  const owner = formatName(tables.bytes, tables.rrsetOwner(index))
  return Array.from({ length: tables.rrsetCount(index) }, (_, k) => {
    const at = tables.rdataOffset(index, k)
    const data = formatRdata(type, tables.bytes, at, at + tables.rdataLength(index, k))
    return `${owner} ${tables.rrsetTtl(index)} ${typeName(type)} ${data}`
  })
}

function nameInTables(tables: ZoneTables, wire: Name): number {
  outer: for (let at = 0; at + wire.length <= tables.bytes.length; at++) {
    for (let i = 0; i < wire.length; i++) if (tables.bytes[at + i] !== wire[i]) continue outer
    return at
  }
  throw new Error(`${formatName(wire)} stands nowhere in the tables`)
}
