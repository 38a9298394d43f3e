import { formatAddress } from '../base/ip.ts'
import { REASONS } from '../model/counters.ts'
import type { LogNames } from '../model/query-logs.ts'
import { DECIDED_TARGET, NONE, type RingRecord } from '../model/query-ring.ts'
import { CLIENT_SOURCES } from '../route/client.ts'
import { Class, Known, Rcode } from '../wire/constants.ts'
import { decodeQuery } from '../wire/decode-query.ts'
import { formatName } from '../wire/name.ts'
import { newQuery } from '../wire/query.ts'
import { typeName } from '../wire/rdata/type.ts'
import { clientOctets, ecsText } from './client-text.ts'
import { readReply } from './reply-facts.ts'

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const
const CLASSES = nameOf(Class)
const RCODES = nameOf(Rcode)

/**
 * Records as lines of JSON, each a whole one with its newline. Names are in presentation form (RFC 1035 section 5.1), so that every octet of a hostile
 * one is a printable character. What is not known is left out.
 */
export class JsonLines {
  readonly #block: boolean
  readonly #query = newQuery()
  names: LogNames = { services: [], clusters: [] }

  /** `block`: clients are told of by /24 and /56. */
  constructor(block: boolean) {
    this.#block = block
  }

  /** What was asked, and how it was answered. */
  query(record: RingRecord): string {
    const question = this.#question(record)
    const reply = record.reply.length === 0 ? null : readReply(record.reply)
    return line({
      ...this.#client(record),
      ...question,
      ...(reply === null ? {} : { rcode: RCODES.get(reply.rcode) ?? `RCODE${reply.rcode}`, flags: reply.flags }),
      querySize: record.query.length,
      size: record.reply.length,
      micros: record.took / 1000,
    })
  }

  /** Why the answer is what it is; only for records of which something was decided. */
  decision(record: RingRecord): string {
    const { name, type, ecs } = this.#question(record)
    const { kind, service, cluster, reason, source, scope, generation, epoch } = record.decision
    const { ttl, cname, addresses } = readReply(record.reply)
    return line({
      ...this.#client(record),
      ...{ name, type, ecs },
      scope: ecs === undefined ? undefined : scope,
      source: CLIENT_SOURCES[source],
      service: this.names.services[service],
      ...(kind === DECIDED_TARGET
        ? { target: cname ?? undefined }
        : {
            cluster: cluster === NONE ? undefined : this.names.clusters[cluster],
            answers: addresses,
            reason: REASONS[reason],
          }),
      ttl: ttl ?? undefined,
      ...{ generation, epoch },
    })
  }

  #client(record: RingRecord) {
    return {
      time: new Date(record.time).toISOString(),
      client: formatAddress(clientOctets(record, this.#block)),
      port: this.#block ? undefined : record.port,
      transport: TRANSPORTS[record.transport],
    }
  }

  /** Of a message that cannot be read as far as its question there is nothing to say. */
  #question({ query: octets }: RingRecord) {
    const query = this.#query
    query.nameLength = 0
    query.ecsAt = 0
    decodeQuery(octets, octets.length, Known.ECS, query)
    if (query.nameLength === 0) return {}
    return {
      name: formatName(query.name),
      type: typeName(query.qtype),
      class: CLASSES.get(query.qclass) ?? `CLASS${query.qclass}`,
      ecs: ecsText(query, this.#block) ?? undefined,
    }
  }
}

const line = (fields: Readonly<Record<string, unknown>>): string => `${JSON.stringify(fields)}\n`

function nameOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]))
}
