import type { Deployment } from '../model/deployment.ts'

/**
 * The services that would be left without a serving cluster if `cluster` took no more clients.
 * `serves(id)` says whether another cluster is up and not fully drained.
 */
export function servicesLeftDark(
  deployment: Deployment,
  cluster: string,
  serves: (id: string) => boolean,
): readonly string[] {
  return deployment.services
    .filter(service => service.clusters.includes(cluster))
    .filter(service => !service.clusters.some(id => id !== cluster && serves(id)))
    .map(service => service.id)
}
