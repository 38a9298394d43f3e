import type { Millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'

/** How the servers of a cluster are checked. At least one of `http`, `tcp` and `dns` is there; a check passes when every one of them does. */
export interface HealthChecks {
  readonly http?: HttpCheck
  readonly tcp?: { /** 1..65535. */ readonly port: number }
  readonly dns?: DnsCheck
  /** Of the families that a server has, those that are checked; of another one nothing is ever said. */
  readonly families: readonly Family[]
  /** From the start of one check of a server and family to the start of the next. */
  readonly interval: Millis
  /** From the first packet of a check to the last octet that it waits for. */
  readonly timeout: Millis
  readonly rules: HealthRules
}

export interface HealthRules {
  /** Down after so many failures among the last `of` checks, 1 <= failures <= of <= {@link LONGEST_HISTORY}. */
  readonly fall: { readonly failures: number; readonly of: number }
  /** Up after so many good checks in a row, 1..100. */
  readonly rise: number
}

export const LONGEST_HISTORY = 30

/** From `first` to `last`, 200..599. */
export interface StatusRange {
  readonly first: number
  readonly last: number
}

export interface HttpCheck {
  /** Begins with `/`; printable ASCII. */
  readonly path: string
  /** 1..65535. */
  readonly port: number
  readonly status: readonly StatusRange[]
  /** Must stand in the first 64 KiB of the body, octet for octet in UTF-8. */
  readonly body?: string
  /** The Host field as it is sent, perhaps with a port; undefined: the server's address. */
  readonly host?: string
  /** null: in the clear. */
  readonly tls: TlsCheck | null
}

export interface TlsCheck {
  /** The name that is asked for (SNI) and that the certificate must have; undefined: none is asked for, it must have the server's address. */
  readonly name?: string
  /** False: any certificate will do. */
  readonly verify: boolean
  /** Absolute path of a PEM file with the authorities that are trusted instead of the system's. */
  readonly ca?: string
  /** The server's own certificate must be valid for so long yet. */
  readonly validFor: Millis
}

export interface DnsCheck {
  /** 1..65535. */
  readonly port: number
  /** Absolute domain name in presentation form. */
  readonly name: string
  readonly type: DnsCheckType
  readonly rcode: DnsCheckRcode
}

export const DNS_CHECK_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const
export type DnsCheckType = (typeof DNS_CHECK_TYPES)[number]

/** In the order of their numbers, from 0 (RFC 1035 section 4.1.1). */
export const DNS_CHECK_RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const
export type DnsCheckRcode = (typeof DNS_CHECK_RCODES)[number]

/** What a monitor goes by; plain data that may cross threads. */
export interface MonitorSettings {
  /** Unique among the monitors of the fleet. */
  readonly name: string
  /** Where it stands: see model/health. */
  readonly place?: string
  /** Nearly all servers of several clusters that fail at once say that it is blind: see model/health. */
  readonly noticeBlindness: boolean
  /** Checks that may begin in a second, > 0. */
  readonly perSecond: number
  /** Checks that may be under way at once, > 0. */
  readonly concurrency: number
  readonly clusters: readonly CheckedCluster[]
}

/** A cluster, as far as a monitor needs to know it. */
export interface CheckedCluster {
  readonly id: string
  readonly servers: readonly { readonly id: string; readonly ipv4?: string; readonly ipv6?: string }[]
  readonly health: HealthChecks
}
