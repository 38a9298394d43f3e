import { error, type Issue, warning } from '../issues.ts'
import type { Path } from '../path.ts'
import { usedTwice } from './clusters.ts'
import type { ServiceDraft, TargetDraft } from './draft.ts'

/** Rules between the targets of a service, and between them and the names of all services. */
export function checkTargets(services: readonly ServiceDraft[]): Issue[] {
  const owners = new Map(
    services.flatMap((service, i) =>
      service.hostnames.flatMap(name => (name === undefined ? [] : [[name, i] as const])),
    ),
  )
  return services.flatMap(({ targets, hostnames, cdnName }, i) => {
    if (targets === undefined || targets.length === 0) return []
    const path: Path = ['services', i, 'targets']
    return [
      ...usedTwice(targets.map(({ cname }, k) => ({ path: [...path, k, 'cname'], value: cname }))),
      ...targets.flatMap(({ cname }, k) => leadsBack(cname, [...path, k, 'cname'], owners, services)),
      ...checkShares(targets, path),
      ...(hostnames.length === 0 ? [warning(path, 'has no effect without hostnames')] : []),
      ...leftOut(targets, cdnName, path),
    ]
  })
}

/** A CNAME to a content hostname would be a choice behind the choice: a loop at worst, a longer chain at best. */
function leadsBack(
  cname: string | undefined,
  path: Path,
  owners: ReadonlyMap<string, number>,
  services: readonly ServiceDraft[],
): Issue[] {
  const owner = cname === undefined ? undefined : ownerOf(cname, owners)
  if (owner === undefined) return []
  const { id, cdnName } = services[owner]!
  const way = cdnName === undefined ? 'its cdnName' : `its cdnName, ${cdnName}`
  return [error(path, `"${cname}" is a content hostname of ${id ?? `services[${owner}]`}; name ${way}`)]
}

/** The service of which it is a hostname, by itself or by the wildcard above it. */
function ownerOf(name: string, owners: ReadonlyMap<string, number>): number | undefined {
  const exact = owners.get(name)
  if (exact !== undefined) return exact
  for (let at = name.indexOf('.'); at >= 0 && at < name.length - 1; at = name.indexOf('.', at + 1)) {
    const covered = owners.get(`*${name.slice(at)}`)
    if (covered !== undefined) return covered
  }
  return undefined
}

function checkShares(targets: readonly TargetDraft[], path: Path): Issue[] {
  // Nothing can be said of a list with weights that cannot be read.
  if (targets.some(({ weight }) => weight === undefined)) return []
  if (targets.every(({ weight }) => weight === 0))
    return [error(path, 'all weigh 0, so nothing can be chosen; at least one above 0')]
  if (targets.some(({ weight, limited }) => !limited && weight! > 0)) return []
  return [
    error(
      path,
      'each is for some countries alone; one without countries, and of a weight above 0, for all other clients',
    ),
  ]
}

function leftOut(targets: readonly TargetDraft[], cdnName: string | undefined, path: Path): Issue[] {
  if (cdnName === undefined || targets.some(({ cname }) => cname === undefined || cname === cdnName)) return []
  return [warning(path, `does not name ${cdnName}, so the hostnames never lead to the clusters of this service`)]
}
