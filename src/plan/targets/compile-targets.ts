import type { Target } from '../../model/service.ts'
import { Rows } from '../../route/rows.ts'
import { targetOrder, targetSlots } from '../../route/share/order.ts'
import { HASH_BUCKETS, HASHED, NO_CLUSTER, ROW_SPECIAL, SLOTS } from '../../route/tables.ts'
import type { Swept } from '../swept.ts'
import type { World } from '../world.ts'
import { admittedTargets } from './admitted.ts'
import { type Partition, partitionBy } from './partition.ts'

/** The maps of targets: one for each service that has some, in the order of the services. */
export interface TargetMaps {
  readonly partitions: readonly Partition[]
  readonly maps: readonly TargetMap[]
  /** Words of `Rows`. */
  readonly rows: Int32Array
  readonly buckets: Uint32Array
}

export interface TargetMap {
  readonly service: number
  readonly partition: number
  readonly rows4: Uint32Array
  readonly rows6: Uint32Array
}

/** Compiles the maps of targets. Pure, like that of clusters; linear in the swept ranges, once per different set of countries. */
export function compileTargets(world: World, swept: Swept): TargetMaps {
  const partitions: Partition[] = []
  const numbers = new Map<string, number>()
  const writer = new RowWriter(new Set(world.input.deployment.services.map(({ cdnName }) => cdnName)))
  const maps = world.input.deployment.services.flatMap((service, number): TargetMap[] => {
    if (service.targets === undefined) return []
    const lists = countryLists(service.targets)
    const key = JSON.stringify(lists)
    const partition = numbers.get(key) ?? partitions.push(partitionBy(lists, world, swept)) - 1
    numbers.set(key, partition)
    const { class4, class6, classes } = partitions[partition]!
    const rows = classes.map(({ listed, special }) => {
      const admitted = admittedTargets(service.targets!, countries => listed[lists.indexOf(keyOf(countries))] === true)
      return writer.row(service.targets!, admitted, special ? ROW_SPECIAL : 0)
    })
    return [{ service: number, partition, rows4: class4.map(c => rows[c]!), rows6: class6.map(c => rows[c]!) }]
  })
  return { partitions, maps, rows: Int32Array.from(writer.words), buckets: Uint32Array.from(writer.buckets) }
}

/** The countries as one word, whatever their order. */
const keyOf = (countries: readonly string[]): string => [...new Set(countries)].sort().join()

/** The different lists of countries that say who gets what, each as one word. An entry of weight 0 does where its name has another entry. */
function countryLists(targets: readonly Target[]): string[] {
  const given = new Set(targets.flatMap(({ cname, weight }) => (weight > 0 ? [cname] : [])))
  const named = targets.flatMap(({ cname, countries }) => (countries && given.has(cname) ? [keyOf(countries)] : []))
  return [...new Set(named)].sort()
}

/** Rows, each once, and the buckets of each set of which several share. */
class RowWriter {
  readonly words: number[] = []
  readonly buckets: number[] = []
  readonly #ours: ReadonlySet<string>
  readonly #rows = new Map<string, number>()
  readonly #groups = new Map<string, number>()

  /** `ours`: CDN names of all services. */
  constructor(ours: ReadonlySet<string>) {
    this.#ours = ours
  }

  /** What a range says: a row, or HASHED and a group. */
  row(targets: readonly Target[], admitted: readonly number[], flags: number): number {
    if (admitted.length <= 1) return this.#intern(admitted, flags)
    const key = `${admitted.map(t => `${t} ${targets[t]!.cname} ${targets[t]!.weight}`)} ${flags}`
    const held = this.#groups.get(key)
    if (held !== undefined) return HASHED + held
    const group = this.#groups.size
    this.#groups.set(key, group)
    const isOurs = targets.map(({ cname }) => this.#ours.has(cname))
    for (let bucket = 0; bucket < HASH_BUCKETS; bucket++)
      this.buckets.push(this.#intern(targetSlots(targetOrder(targets, admitted, bucket), isOurs), flags))
    return HASHED + group
  }

  #intern(order: readonly number[], flags: number): number {
    const slots = Array.from({ length: SLOTS }, (_, i) => order[i] ?? NO_CLUSTER)
    const key = `${slots} ${flags}`
    const held = this.#rows.get(key)
    if (held !== undefined) return held
    const number = this.#rows.size
    this.#rows.set(key, number)
    this.words.push(...Rows.wordsOf(slots, [0, 0, 0, 0], flags))
    return number
  }
}
