import type { ArenaWriter } from '../../base/arena.ts'
import { FOREIGN, NO_MAP, type TargetMeta } from '../../route/target-tables.ts'
import type { World } from '../world.ts'
import { bucketIndex4, bucketIndex6 } from '../write-tables.ts'
import type { TargetMaps } from './compile-targets.ts'

/** Adds every section that TargetTables reads. */
export function writeTargets(writer: ArenaWriter, world: World, { partitions, maps, rows, buckets }: TargetMaps): void {
  const meta: TargetMeta = { partitions: maps.map(({ partition }) => partition) }
  writer.addJson('route.targets.meta', meta)
  writer.add('route.targets.rows', rows)
  writer.add('route.targets.buckets', buckets)
  partitions.forEach(({ starts4, hi6, lo6 }, i) => {
    writer.add(`route.targets.p${i}.starts4`, starts4)
    writer.add(`route.targets.p${i}.index4`, bucketIndex4(starts4))
    writer.add(`route.targets.p${i}.hi6`, hi6)
    writer.add(`route.targets.p${i}.lo6`, lo6)
    writer.add(`route.targets.p${i}.index6`, bucketIndex6(hi6, lo6))
  })
  maps.forEach(({ rows4, rows6 }, i) => {
    writer.add(`route.targets.m${i}.rows4`, rows4)
    writer.add(`route.targets.m${i}.rows6`, rows6)
  })
  writeColumns(writer, world, maps)
}

function writeColumns(writer: ArenaWriter, { input }: World, maps: TargetMaps['maps']): void {
  const { services } = input.deployment
  const mapOf = new Map(maps.map(({ service }, map) => [service, map]))
  const ownerOf = new Map(services.map(({ cdnName }, service) => [cdnName, service]))
  const names = services.flatMap(({ targets = [] }) => targets.map(({ cname }) => cname))
  let first = 0
  const of = services.flatMap(({ targets = [] }, service) => {
    const row = [mapOf.get(service) ?? NO_MAP, first]
    first += targets.length
    return row
  })
  writer.add('route.targets.of', Uint32Array.from(of))
  writer.add(
    'route.targets.owner',
    Uint32Array.from(names, name => ownerOf.get(name) ?? FOREIGN),
  )
  writer.add(
    'route.targets.stable',
    Uint32Array.from(names, (name, i) => input.stable.targets?.[name] ?? i),
  )
}
