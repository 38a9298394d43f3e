import type { Millis } from '../base/brand.ts'

/** One address that the load of a cluster, or of one server of it, is read from. Plain data, may cross threads. */
export interface LoadPull {
  readonly cluster: string
  /** undefined: the whole cluster. */
  readonly server?: string
  /** http or https, without a password. */
  readonly url: string
  readonly source: LoadSource
  readonly interval: Millis
  /** From the connection to the last octet; at most the interval. */
  readonly timeout: Millis
}

/** Where the figure stands in what comes back. Its unit is that of the cluster's capacity. */
export type LoadSource =
  | {
      readonly kind: 'prometheus'
      readonly metric: string
      /** The series that have all of these labels are added up. */
      readonly labels: Readonly<Record<string, string>>
      /** A count since some moment: its growth per second is the load. Else the figure is the load itself. */
      readonly counter: boolean
      /** What one of its units is in the unit of the capacity: 8 for octets where capacity is in bit/s. */
      readonly factor: number
    }
  | { readonly kind: 'stub-status'; readonly count: 'connections' | 'requests' }

/** How reading the load of one cluster goes. Only the leader reads; elsewhere there are no targets. */
export interface PulledLoad {
  readonly cluster: string
  /** Addresses that are read, and those of them that could not be at the last try. */
  readonly targets: number
  readonly failing: number
  /** Tries since the start, by how they ended; they only ever grow. */
  readonly readings: number
  readonly failures: number
  /** What is wrong with the one that has failed for longest, for people; null: nothing. */
  readonly fault: string | null
}
