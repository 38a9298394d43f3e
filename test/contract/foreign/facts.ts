import { RrType } from '../../../src/wire/rdata/type.ts'
import type { Difference } from './compare.ts'

export interface Fact {
  readonly owner: string
  readonly type: number
  /** Target of an alias, else RDATA in hexadecimal. */
  readonly data: string
}

/** A difference, taken apart for the table of those that are accepted. */
export class Facts {
  readonly type: number
  readonly class: number
  readonly tcp: boolean
  readonly name: string
  readonly difference: Difference
  readonly #origins: readonly string[]

  constructor(difference: Difference, origins: readonly string[]) {
    this.difference = difference
    this.type = difference.question.type
    this.class = difference.question.class
    this.tcp = difference.question.tcp
    this.name = difference.question.name.toLowerCase()
    this.#origins = origins.map(origin => (origin === '.' ? '.' : `${origin}.`))
  }

  get ours(): Difference['ours'] {
    return this.difference.ours
  }
  get theirs(): Difference['theirs'] {
    return this.difference.theirs
  }

  /** Parts of the reply that differ. */
  get parts(): string {
    const keys = ['rcode', 'aa', 'tc', 'answer', 'authority', 'glue', 'sibling'] as const
    return keys.filter(key => this.ours[key] !== this.theirs[key]).join(' ')
  }

  /** True when the question is one for data: class IN and an ordinary type. */
  get plain(): boolean {
    return this.class === 1 && !ODD.has(this.type)
  }

  /** The longest origin of the corpus that holds the name; empty = none. */
  zoneOf(name: string): string {
    let best = ''
    for (const origin of this.#origins)
      if ((origin === '.' || name === origin || name.endsWith(`.${origin}`)) && origin.length > best.length)
        best = origin
    return best
  }

  /** The zone that our referral comes from. */
  get referringZone(): string {
    const cut = factsOf(this.ours.authority).find(fact => fact.type === RrType.NS)?.owner ?? this.name
    return this.zoneOf(cut.slice(cut.indexOf('.') + 1) || '.')
  }

  /** True when the name is `zone`'s or lies below it. */
  within(zone: string): boolean {
    return this.name === zone || this.name.endsWith(`.${zone}`)
  }
}

const ODD = new Set<number>([0, RrType.OPT, 127, 128, 249, 250, 251, 252, 253, 254])

export function factsOf(section: string): Fact[] {
  if (section === '') return []
  return section.split('\n').map(line => {
    const [owner, , , type, ...data] = line.split(' ')
    return { owner: owner!, type: Number(type), data: data.join(' ').trim() }
  })
}

/** The names that the answer's aliases lead through, the one asked for first. A name met twice ends the walk. */
export function chainOf(answer: string, from: string): string[] {
  const aliases = new Map(
    factsOf(answer)
      .filter(f => f.type === RrType.CNAME)
      .map(f => [f.owner, f.data]),
  )
  const names = [from]
  for (let next = aliases.get(from); next !== undefined && !names.includes(next); next = aliases.get(next))
    names.push(next)
  return names
}

/** True when every line of `part` is one of `whole`. */
export function isPartOf(part: string, whole: string): boolean {
  const lines = new Set(whole.split('\n'))
  return part === '' || part.split('\n').every(line => lines.has(line))
}

/** True when the same records stand in both, some of them more than once. */
export function onlyRepeats(a: string, b: string): boolean {
  return isPartOf(a, b) && isPartOf(b, a)
}

/** Only aliases, no data at the end. */
export function onlyAliases(answer: string): boolean {
  return answer !== '' && factsOf(answer).every(f => f.type === RrType.CNAME || f.type === RrType.DNAME)
}

/** Records of type CNAME, repeated ones counted as often as they stand there. */
export function aliasCount(answer: string): number {
  return factsOf(answer).filter(f => f.type === RrType.CNAME).length
}

/** True for a referral, also at the end of a chain. */
export function refers(essence: { readonly authority: string }): boolean {
  return factsOf(essence.authority).some(f => f.type === RrType.NS)
}
