import type { Swept } from '../swept.ts'
import { PROFILE, type World } from '../world.ts'

/**
 * All leaves cut where the answer to "which of these lists of countries is the client in?" changes. Services whose targets ask alike share one.
 * Neighbours differ in class.
 */
export interface Partition {
  readonly starts4: Uint32Array
  readonly class4: Uint32Array
  readonly hi6: Uint32Array
  readonly lo6: Uint32Array
  readonly class6: Uint32Array
  readonly classes: readonly ClientClass[]
}

/** What clients of one class have in common. */
export interface ClientClass {
  /** By list: it names the client's country. Never, where that is unknown. */
  readonly listed: readonly boolean[]
  /** A special-purpose block that nothing covers: its addresses locate nobody. */
  readonly special: boolean
}

/** `lists`: country codes with commas between. */
export function partitionBy(lists: readonly string[], world: World, swept: Swept): Partition {
  const { classes, ofProfile } = classify(lists, world, swept)
  const v4 = joined(swept.starts4, null, swept.profile4, ofProfile)
  const v6 = joined(swept.hi6, swept.lo6, swept.profile6, ofProfile)
  return { starts4: v4.hi, class4: v4.classes, hi6: v6.hi, lo6: v6.lo, class6: v6.classes, classes }
}

/** The class of every profile: equal places are asked about once. */
function classify(lists: readonly string[], world: World, { profiles }: Swept) {
  const sets = lists.map(list => new Set(list.split(',')))
  const classes: ClientClass[] = []
  const numbers = new Map<string, number>()
  const ofProfile = Uint32Array.from({ length: profiles.count }, (_, profile) => {
    const place = profiles.word(profile, PROFILE.place)
    const country = place === 0 ? undefined : world.places[place]?.country
    const special = profiles.word(profile, PROFILE.special) === 1
    const listed = sets.map(set => country !== undefined && set.has(country))
    const key = `${special} ${listed}`
    const held = numbers.get(key)
    if (held !== undefined) return held
    numbers.set(key, classes.length)
    return classes.push({ listed, special }) - 1
  })
  return { classes, ofProfile }
}

/** The ranges with neighbours of one class joined. `lo`: null for IPv4. */
function joined(hi: Uint32Array, lo: Uint32Array | null, profile: Uint32Array, ofProfile: Uint32Array) {
  const out = {
    hi: new Uint32Array(hi.length),
    lo: new Uint32Array(lo === null ? 0 : hi.length),
    classes: new Uint32Array(hi.length),
  }
  let count = 0
  for (let i = 0; i < hi.length; i++) {
    const number = ofProfile[profile[i]!]!
    if (count > 0 && out.classes[count - 1] === number) continue
    out.hi[count] = hi[i]!
    if (lo !== null) out.lo[count] = lo[i]!
    out.classes[count++] = number
  }
  return { hi: out.hi.slice(0, count), lo: out.lo.slice(0, count), classes: out.classes.slice(0, count) }
}
