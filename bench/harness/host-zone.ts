import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ORIGIN = 'bench.example'
/** Hosts of the zone, each with one A record. */
export const HOSTS = 2_000

export interface HostZone {
  readonly origin: string
  /** Master file. */
  readonly file: string
  /** Lines of `name type` for kxdpgun, one for each host. */
  readonly queries: string
  /** A name that it has. */
  readonly question: string
}

export const hostNames = (): string[] => Array.from({ length: HOSTS }, (_, i) => `h${i}.${ORIGIN}`)

/** Writes a zone of {@link HOSTS} A records and the queries for them. */
export function writeHostZone(folder: string): HostZone {
  const [file, queries] = [join(folder, `${ORIGIN}.zone`), join(folder, 'queries.txt')]
  const hosts = hostNames().map((name, i) => `${name}. A 10.0.${i >> 8}.${i & 255}\n`)
  writeFileSync(
    file,
    `$ORIGIN ${ORIGIN}.
$TTL 3600
@ SOA ns1 hostmaster 2026010100 7200 3600 1209600 300
@ NS ns1
ns1 A 192.0.2.1
${hosts.join('')}`,
  )
  writeFileSync(
    queries,
    hostNames()
      .map(name => `${name} A\n`)
      .join(''),
  )
  return { origin: ORIGIN, file, queries, question: hostNames()[0]! }
}
