import { COUNTRY_CODES } from '../../model/country.ts'
import { didYouMean } from '../nearest.ts'
import { bad, good, kind } from '../option.ts'

export function choice<const V extends string>(values: readonly V[]) {
  return kind<V>({
    legal: values.length === 1 ? values[0]! : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
    json: { type: 'string', enum: values },
    read: raw => {
      const found = values.find(value => value === raw)
      if (found !== undefined) return good(found)
      return bad(`is not one of them${typeof raw === 'string' ? didYouMean(raw, values) : ''}`)
    },
  })
}

/** Free text on one line. */
export function text(legal: string, pattern: RegExp, fault: string) {
  return kind<string>({
    legal,
    json: { type: 'string', pattern: pattern.source },
    read: raw => (typeof raw === 'string' && pattern.test(raw) ? good(raw) : bad(fault)),
  })
}

const ID_LEGAL = '1 to 63 of a-z, 0-9 and -, not - first or last (quote it if it is all digits)'
export const id = text(ID_LEGAL, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not an id')
export const serverId = text(
  '1 to 128 of a-z, 0-9, - and . (quote it if it is all digits)',
  /^[a-z0-9]([a-z0-9.-]{0,126}[a-z0-9])?$/,
  'is not a server id',
)
export const contentClass = text(ID_LEGAL, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not a content class')
export const nodeName = text('1 to 64 of A-Z, a-z, 0-9, . _ and -', /^[A-Za-z0-9._-]{1,64}$/, 'is not a node name')
export const country = kind<string>({
  legal: 'two capital letters of ISO 3166-1, such as KR',
  json: { type: 'string', pattern: '^[A-Z]{2}$' },
  read: raw => (typeof raw === 'string' && COUNTRY_CODES.has(raw) ? good(raw) : bad('is not a country code')),
})
export const protocolId = text(
  'a protocol id of ALPN, 1 to 32 printable characters, such as h2 or h3',
  /^[!-~]{1,32}$/,
  'is not a protocol id',
)
export const path = text('a path, relative to this file', /^[^\0\n\r]{1,4096}$/, 'is not a path')
export const line = text('1 to 255 printable characters of ASCII', /^[ -~]{1,255}$/, 'is not such a line')
export const envName = text(
  'a variable name, such as KINGCDN_TOKEN',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'is not a variable name',
)
export const urlPath = text('a path that begins with /, such as /healthz', /^\/[!-~]{0,1023}$/, 'is not a URL path')

const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const HOST = new RegExp(`^${LABEL}(\\.${LABEL})+\\.?$`)

/** A host name, lower case with final dot in the result. `wildcard` also allows `*.` at the front. */
function dnsName(fault: string, legal: string, wildcard: boolean) {
  return kind<string>({
    legal,
    json: { type: 'string' },
    read: raw => {
      if (typeof raw !== 'string') return bad(fault)
      const host = wildcard && raw.startsWith('*.') ? raw.slice(2) : raw
      // 253 letters without the final dot are the 255 octets of RFC 1035 section 2.3.4.
      if (!HOST.test(host) || raw.replace(/\.$/, '').length > 253) return bad(fault)
      return good(`${raw.replace(/\.$/, '').toLowerCase()}.`)
    },
  })
}
export const hostname = dnsName(
  'is not a host name',
  'at least two labels of letters, digits, - and _, such as video.netcinema.com or "*.video.netcinema.com"',
  true,
)
export const cdnName = dnsName(
  'is not a host name',
  'at least two labels of letters, digits, - and _, such as a1105.kingcdn.com',
  false,
)

const NAME_OR_ADDRESS = `(${LABEL}(\\.${LABEL})*|\\[[0-9A-Fa-f:.]+\\])`

/** A Host field (RFC 9110 section 7.2): a name or an address, perhaps with a port. */
export const hostField = text(
  'a name or an address, perhaps with a port, such as www.example.com or [2001:db8::1]:8080',
  new RegExp(`^(?=.{1,253}$)${NAME_OR_ADDRESS}(:[0-9]{1,5})?$`),
  'is not a Host field',
)

/** A name that a TLS client may ask for (RFC 6066 section 3): no address, no final dot. */
export const serverName = text(
  'a host name, such as www.example.com',
  new RegExp(`^(?=.{1,253}$)(?![0-9.]+$)${LABEL}(\\.${LABEL})*$`),
  'is not a host name',
)

/** Any absolute domain name without blanks, escapes or quotes; classless reverse zones have `/` in theirs (RFC 2317). */
function absoluteName(legal: string) {
  return kind<string>({
    legal,
    json: { type: 'string' },
    read: raw => {
      if (raw === '.') return good('.')
      if (
        typeof raw !== 'string' ||
        !/^[^\s."\\;()@$]{1,63}(\.[^\s."\\;()@$]{1,63})*\.?$/.test(raw) ||
        raw.length > 254
      )
        return bad('is not a domain name')
      return good(`${raw.replace(/\.$/, '').toLowerCase()}.`)
    },
  })
}
export const origin = absoluteName('the name of the zone, such as kingcdn.com')
export const domain = absoluteName('a domain name, such as www.example.com, or . for the root')
