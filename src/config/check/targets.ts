import { error, type Issue, warning } from '../issues.ts'
import { formatPath, type Path } from '../path.ts'
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
      ...toldTwice(targets, path),
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

/** What a name weighs for a client must be said once. */
function toldTwice(targets: readonly TargetDraft[], path: Path): Issue[] {
  return targets.flatMap((target, k) => {
    const earlier = targets.slice(0, k).flatMap((other, at) => {
      const both = target.cname !== undefined && other.cname === target.cname ? commonClients(target, other) : null
      return both === null ? [] : [`for ${both} at ${formatPath([...path, at])}`]
    })
    if (earlier.length === 0) return []
    const legal = 'an entry each for different countries, and one without countries for all others'
    return [error([...path, k, 'cname'], `"${target.cname}" is there ${earlier.join(' and ')} already; ${legal}`)]
  })
}

/** null: none. */
function commonClients(a: TargetDraft, b: TargetDraft): string | null {
  if (a.countries === undefined || b.countries === undefined) return a.countries === b.countries ? 'everybody' : null
  const both = a.countries.filter(code => code !== undefined && b.countries!.includes(code))
  return both.length === 0 ? null : [...new Set(both)].join(', ')
}

function checkShares(targets: readonly TargetDraft[], path: Path): Issue[] {
  // Nothing can be said of a list with weights that cannot be read.
  if (targets.some(({ weight }) => weight === undefined)) return []
  if (targets.every(({ weight }) => weight === 0))
    return [error(path, 'all weigh 0, so nothing can be chosen; at least one above 0')]
  if (targets.some(({ weight, countries }) => countries === undefined && weight! > 0))
    return emptyCountries(targets, path)
  return [
    error(
      path,
      'each is for some countries alone; one without countries, and of a weight above 0, for all other clients',
    ),
  ]
}

/** A country for which every name that is left weighs 0. */
function emptyCountries(targets: readonly TargetDraft[], path: Path): Issue[] {
  const named = new Set(targets.flatMap(({ countries = [] }) => countries.filter(code => code !== undefined)))
  const empty = [...named].filter(code => {
    const own = targets.filter(({ countries }) => countries?.includes(code))
    const rest = targets.filter(({ countries, cname }) => !countries && own.every(other => other.cname !== cname))
    return [...own, ...rest].every(({ weight }) => weight === 0)
  })
  return empty.length === 0
    ? []
    : [error(path, `all that clients in ${empty.join(', ')} may get weigh 0; at least one above 0`)]
}

function leftOut(targets: readonly TargetDraft[], cdnName: string | undefined, path: Path): Issue[] {
  if (cdnName === undefined || targets.some(({ cname }) => cname === undefined || cname === cdnName)) return []
  return [warning(path, `does not name ${cdnName}, so the hostnames never lead to the clusters of this service`)]
}
