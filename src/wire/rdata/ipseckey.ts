import { type Field, type RdataType, shown } from './field.ts'
import { ipv4, ipv6 } from './field-addresses.ts'
import { optionalBase64 } from './field-binary.ts'
import { domainName } from './field-names.ts'
import { u8 } from './field-numbers.ts'
import { RrType } from './type.ts'

/** Gateway type 0: a dot in presentation, nothing on the wire. */
const none: Field = {
  label: 'gateway',
  parse: scanner => (scanner.slice() === '.' ? null : `gateway ${shown(scanner)} of type 0 is not a dot`),
  format(_, at, __, parts) {
    parts.push('.')
    return at
  },
}

/** By gateway type (section 2.3). */
const GATEWAYS: Readonly<Record<number, Field>> = {
  0: none,
  1: ipv4('gateway'),
  2: ipv6('gateway'),
  3: domainName('gateway'),
}

/** Its form depends on the gateway type, which stands two octets in front of it. */
const gateway: Field = {
  label: 'gateway',
  parse(scanner, out) {
    const kind = out.bytes[out.length - 2]!
    return GATEWAYS[kind]?.parse(scanner, out) ?? (kind > 3 ? `gateway type ${kind} is not 0, 1, 2 or 3` : null)
  },
  format: (rdata, at, end, parts) => GATEWAYS[rdata[at - 2]!]?.format(rdata, at, end, parts) ?? -1,
}

/**
 * RFC 4025 section 2.1:
 *
 *   PRECEDENCE (8) | GATEWAY TYPE (8) | ALGORITHM (8), 0 = no key | GATEWAY: nothing, 32, 128 bits or a name, never compressed
 *   | PUBLIC KEY to the end, may be missing
 */
export const ipseckey: RdataType = {
  name: 'IPSECKEY',
  code: RrType.IPSECKEY,
  fields: [u8('precedence'), u8('gateway type'), u8('algorithm'), gateway, optionalBase64('public key')],
}
