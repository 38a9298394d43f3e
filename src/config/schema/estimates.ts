import { path } from '../kind/name.ts'
import { group, option } from '../option.ts'

/** RTTs that the operator has from elsewhere. */
export const estimatesSchema = group({
  mesh: option(
    path,
    'CSV file `from,to,rtt_ms` of RTTs between clusters, by id; a measured pair counts for both directions.',
  ).optional(),
  countryPairs: option(
    path,
    'CSV file `client_country,cluster_country,rtt_ms` of usual RTTs between countries; counts 0.3 in what is expected without any measurement.',
  ).optional(),
})
