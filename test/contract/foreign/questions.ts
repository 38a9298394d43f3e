import { formatName, type Name, parseName } from '../../../src/wire/name.ts'
import { RrType } from '../../../src/wire/rdata/type.ts'
import { parseZoneText } from '../../../src/zone/master-file.ts'
import { nodeText } from '../../../src/zone/parsed-zone.ts'
import { buildQuery } from '../../fixture/message.ts'
import { Dice } from '../../fixture/mutate.ts'
import type { Corpus } from './corpus.ts'

export interface Question {
  /** Presentation form, final dot. */
  readonly name: string
  readonly type: number
  readonly class: number
  readonly tcp: boolean
  /** UDP payload size that the query's OPT record announces; 0 = no EDNS. */
  readonly payload: number
}

export function queryOf({ name, type, class: qclass, payload }: Question): Uint8Array {
  return buildQuery({ name, type, class: qclass, flags: 0, edns: payload === 0 ? false : { payload } })
}

/** Of every kind of type: that redirects, cuts, has names in it, is asked for by validators, is unknown. */
const TYPES: readonly number[] = [
  ...[RrType.A, RrType.NS, RrType.CNAME, RrType.SOA, RrType.PTR, RrType.MX, RrType.TXT, RrType.AAAA, RrType.SRV],
  ...[RrType.DNAME, RrType.DS, RrType.RRSIG, RrType.NSEC, RrType.DNSKEY, RrType.HTTPS, RrType.ANY, 1000, 65281],
]
/** Those that the sizes of replies are tried with. */
const FEW_TYPES: readonly number[] = [RrType.A, RrType.MX, RrType.TXT, RrType.DS, RrType.ANY, 65281]
/** Those that names are tried with which are not in any zone file. */
const SOME_TYPES: readonly number[] = [RrType.A, RrType.NS, RrType.CNAME, RrType.DNAME, RrType.DS, RrType.ANY]
/** Types with a meaning of their own in questions (RFC 6895 section 3.1), reserved ones, and the last. */
const ODD_TYPES: readonly number[] = [0, 128, RrType.OPT, 249, 250, 251, 252, 253, 254, 127, 65279, 65534, 65535]
/** CH, HS, NONE, ANY, and two that do not exist. */
const ODD_CLASSES: readonly number[] = [0, 3, 4, 254, 255, 1000]

const SEED = 1034
const RANDOM_NAMES = 400
/** Of a larger zone every child of the apex is asked about, and as many of the names below them, evenly chosen. */
const MOST_OWNERS = 100

interface ZoneNames {
  /** Every owner and every empty non-terminal. */
  readonly owners: string[]
  /** What lies beside, below and two below each of them. */
  readonly around: string[]
  /** Types in the zone that are not among {@link TYPES}. */
  readonly rareTypes: number[]
}

function namesOf(text: string): ZoneNames {
  const { zone } = parseZoneText(text, { file: 'zone' })
  if (zone === null) throw new Error('not a zone')
  const { tree } = zone
  const step = Math.max(1, Math.floor(tree.size / MOST_OWNERS))
  const owners: string[] = []
  for (let node = 0; node < tree.size; node++)
    if (tree.parentOf(node) <= 0 || node % step === 0) owners.push(nodeText(tree, node))
  const around = owners.flatMap(owner => {
    const below = owner === '.' ? '' : owner
    return [`zz.${below}`, `y.zz.${below}`, `*.${below}`, `zz${below}`].filter(isName)
  })
  const rareTypes = [...new Set(zone.rrsets.type)].filter(type => !TYPES.includes(type))
  return { owners, around, rareTypes }
}

function isName(text: string): boolean {
  return parseName(text) !== null
}

/** Labels that occur in the corpus, put together anew: the same names on every machine. */
function randomNames(names: readonly string[]): string[] {
  const dice = new Dice(SEED)
  const wires = names.map(name => parseName(name)!)
  return Array.from({ length: RANDOM_NAMES }, () => {
    const head = dice.of(wires)
    const tail = dice.of(wires)
    const octets = [...head.subarray(0, dice.below(2) === 0 ? firstLabels(head, 1) : firstLabels(head, 2)), ...tail]
    return octets.length > 255 ? '.' : formatName(Uint8Array.from(octets))
  })
}

function firstLabels(name: Name, count: number): number {
  let at = 0
  for (let i = 0; i < count && name[at] !== 0; i++) at += name[at]! + 1
  return at
}

/** Everything that the servers are asked about a corpus. */
export function questionsOf(corpus: Corpus): Question[] {
  const zones = [...corpus.zones.values()].map(namesOf)
  const owners = unique(zones.flatMap(zone => zone.owners))
  const around = unique(zones.flatMap(zone => zone.around))
  const origins = [...corpus.zones.keys()].map(origin => (origin === '.' ? '.' : `${origin}.`))
  const apexes = [...origins, 'no.zone.of.ours.', '.']
  return [
    ...ask(owners, TYPES, {}),
    ...zones.flatMap(zone => ask(zone.owners, zone.rareTypes, {})),
    ...ask(unique([...around, ...randomNames([...owners, ...around])]), SOME_TYPES, {}),
    ...ask(owners, FEW_TYPES, { tcp: true }),
    ...ask(around, [RrType.A], { tcp: true }),
    ...ask(owners, FEW_TYPES, { payload: 0 }),
    ...[512, 700].flatMap(payload => ask(owners, [RrType.A], { payload })),
    ...ask(apexes, ODD_TYPES, {}),
    // AXFR over TCP would have many messages for an answer.
    ...ask(apexes, ODD_TYPES.filter(isNotAxfr), { tcp: true }),
    // BIND answers three questions a second in class CH, so there are two.
    ...ODD_CLASSES.flatMap(qclass => ask([origins[0]!, 'no.zone.of.ours.'], [RrType.A], { class: qclass })),
  ]
}

function ask(names: readonly string[], types: readonly number[], more: Partial<Question>): Question[] {
  return names.flatMap(name => types.map(type => ({ name, type, class: 1, tcp: false, payload: 1232, ...more })))
}

function isNotAxfr(type: number): boolean {
  return type !== RrType.AXFR
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
