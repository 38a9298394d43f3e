import fc from 'fast-check'
import { expect, it } from 'vitest'
import { typeNumber } from '../../src/wire/rdata/type.ts'
import type { BrokenZone } from '../../src/zone/compile.ts'
import type { Overlay } from '../../src/zone/overlay.ts'
import type { ParsedZone } from '../../src/zone/parsed-zone.ts'
import { type Opinion, Oracle, type OracleOverlay, type OracleZone, text } from './tree-oracle.ts'
import { name, openZones, type Said, zoneOf } from './zone-world.ts'

/** Few labels, so that names meet: owners, queries and origins collide all the time. */
const LABELS = ['a', 'b', '*']
const ORIGINS = [[], ['z'], ['a', 'z'], ['b', 'a', 'z'], ['b', 'b', 'z']]
const DATA: Record<string, string> = {
  A: '192.0.2.1',
  TXT: '"x"',
  NS: 'ns.test.',
  CNAME: 'c.test.',
  DNAME: 'd.test.',
  DS: '1 8 9 AB',
}
const QTYPES = ['A', 'TXT', 'NS', 'CNAME', 'DS', 'ANY', 'MX']

const relative = fc.array(fc.constantFrom(...LABELS), { minLength: 0, maxLength: 4 })
const record = fc.record({ at: relative, type: fc.constantFrom(...Object.keys(DATA)) })
const zone = fc.record({
  origin: fc.constantFrom(...ORIGINS),
  records: fc.array(record, { maxLength: 10 }),
  broken: fc.integer({ min: 0, max: 7 }).map(n => n === 0),
})
const overlay = fc.record({
  kind: fc.constantFrom('alias' as const, 'routed' as const),
  owner: fc.tuple(relative, fc.constantFrom(...ORIGINS)).map(([at, origin]) => [...at, ...origin]),
  types: fc.subarray(['A', 'AAAA', 'HTTPS'], { minLength: 1 }),
})

/** Leaves out records that no sound zone has; returns owner -> types. */
function sound(
  origin: readonly string[],
  records: readonly { at: string[]; type: string }[],
): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>([[text(origin), new Set(['SOA', 'NS'])]])
  for (const { at, type } of records) {
    const owner = text([...at, ...origin])
    const types = owners.get(owner) ?? new Set()
    const lone = type === 'CNAME' ? types.size > 0 : types.has('CNAME')
    const apex = at.length === 0
    if (lone || (at[0] === '*' && (type === 'NS' || type === 'DNAME'))) continue
    if (!apex && ((type === 'NS' && types.has('DNAME')) || (type === 'DNAME' && types.has('NS')))) continue
    owners.set(owner, types.add(type))
  }
  const dnames = [...owners].filter(([, types]) => types.has('DNAME')).map(([owner]) => owner)
  for (const owner of [...owners.keys()])
    if (dnames.some(dname => owner !== dname && (dname === '.' || owner.endsWith(`.${dname}`)))) owners.delete(owner)
  return owners
}

function parsed(origin: readonly string[], owners: ReadonlyMap<string, ReadonlySet<string>>): ParsedZone {
  const lines = [...owners].flatMap(([owner, types]) =>
    [...types].map(type => `${owner} 60 ${type} ${type === 'SOA' ? 'a. b. 1 2 3 4 5' : DATA[type]}`),
  )
  return zoneOf(lines.join('\n'), text(origin))
}

const allNames = (depth: number): string[][] =>
  depth === 0 ? [[]] : [[], ...allNames(depth - 1).flatMap(rest => ['z', ...LABELS].map(label => [label, ...rest]))]
const QUERIES = [...new Map(allNames(4).map(labels => [text(labels), labels])).values()].filter(
  labels => labels.length === 0 || labels.at(-1) === 'z' || labels.length < 3,
)

/** The tables' answer in the oracle's terms. */
function opinionOf({ data, ...said }: Said): Opinion {
  if (data === undefined) return said
  const [owner, , type] = data[0]!.split(' ')
  return { ...said, data: `${owner} ${type}` }
}

it('lookup agrees with a tree of objects over random zones, services and queries', () => {
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(
      fc.uniqueArray(zone, { selector: z => text(z.origin), minLength: 1, maxLength: 4 }),
      fc.array(overlay, { maxLength: 4 }),
      (zones, overlays) => {
        const oracleZones: OracleZone[] = zones.map(z => ({
          origin: z.origin,
          owners: z.broken ? null : sound(z.origin, z.records),
        }))
        const tables: (ParsedZone | BrokenZone)[] = oracleZones.map(z =>
          z.owners === null ? { origin: name(text(z.origin)), broken: 'x' } : parsed(z.origin, z.owners),
        )
        const world = openZones(tables, overlays.map(toOverlay))
        const oracle = new Oracle(oracleZones, overlays)
        expect(world.compiled.problems.map(problem => problem.overlay)).toEqual(oracle.refused)
        for (const labels of QUERIES)
          for (const type of QTYPES) {
            const said = opinionOf(world.ask(text(labels), type))
            const opinion = oracle.ask(labels, type)
            outcomes.add(opinion.outcome)
            // toEqual is slow; it only has to explain a difference.
            if (!same(said, opinion))
              expect({ asked: [text(labels), type], ...said }).toEqual({ asked: [text(labels), type], ...opinion })
          }
      },
    ),
    { seed: 1034, numRuns: 150 },
  )
  expect(outcomes.size, 'every outcome occurred').toBe(10)
})

function same(a: Opinion, b: Opinion): boolean {
  const keys = ['outcome', 'zone', 'data', 'cut', 'routed', 'wildcard'] as const
  return keys.every(key => a[key] === b[key])
}

function toOverlay({ kind, owner, types }: OracleOverlay, id: number): Overlay {
  return kind === 'alias'
    ? { kind, owner: name(text(owner)), target: name('svc.test.'), ttl: 60 }
    : { kind, owner: name(text(owner)), id, types: types.map(type => typeNumber(type)!) }
}
