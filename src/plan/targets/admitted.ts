import type { Target } from '../../model/service.ts'

/**
 * Positions of the targets that a client may get. A name may have several: then it is the one that names the client's country, else the one for
 * everybody. One that weighs 0 is nobody's, and where it names countries, these get no other of its name either. `isNamed`: is the client in one of
 * these countries? Never, where its country is unknown.
 */
export function admittedTargets(
  targets: readonly Target[],
  isNamed: (countries: readonly string[]) => boolean,
): number[] {
  const isOwn = ({ countries }: Target): boolean => countries !== undefined && isNamed(countries)
  const owned = new Set(targets.filter(isOwn).map(({ cname }) => cname))
  return targets.flatMap((target, t) => {
    const isFor = isOwn(target) || (target.countries === undefined && !owned.has(target.cname))
    return isFor && target.weight > 0 ? [t] : []
  })
}
