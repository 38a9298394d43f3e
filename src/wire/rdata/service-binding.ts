import { OctetWriter } from './octet-writer.ts'

/** What a record in ServiceMode says of how its servers are spoken to. */
export interface ServiceBinding {
  /** Protocol ids of ALPN, 1 to 255 octets of ASCII each; at least one. */
  readonly alpn: readonly string[]
  readonly port: number
  /** True: the protocol that the scheme implies (HTTP/1.1) is not among them. */
  readonly noDefaultAlpn: boolean
}

const SERVICE_MODE_FIRST = 1
const ALPN = 1
const NO_DEFAULT_ALPN = 2
const PORT = 3
const HTTPS_PORT = 443

/**
 * RDATA of an HTTPS record for the owner itself, without address hints, which may follow: their keys are higher (RFC 9460 section 2.2).
 *
 *   SvcPriority 1 | TargetName . | alpn | [no-default-alpn] | [port, where it is not that of the scheme]
 *
 * `mandatory` is not needed: `port` and `no-default-alpn` are automatically mandatory for HTTPS (section 8).
 */
export function bindingRdata({ alpn, port, noDefaultAlpn }: ServiceBinding): Uint8Array {
  const out = new OctetWriter(64)
  out.u16(SERVICE_MODE_FIRST)
  out.u8(0)
  const ids = alpn.map(id => new TextEncoder().encode(id))
  out.u16(ALPN)
  out.u16(ids.reduce((sum, id) => sum + 1 + id.length, 0))
  for (const id of ids) {
    out.u8(id.length)
    out.octets(id)
  }
  if (noDefaultAlpn) {
    out.u16(NO_DEFAULT_ALPN)
    out.u16(0)
  }
  if (port !== HTTPS_PORT) {
    out.u16(PORT)
    out.u16(2)
    out.u16(port)
  }
  return out.slice()
}
