import { bad, good, kind, show } from '../option.ts'
import { text } from './name.ts'

/** What a URL of the load needs to know of a server. */
export interface UrlServer {
  readonly id: string
  readonly ipv4?: string | undefined
  readonly ipv6?: string | undefined
}

const PLACEHOLDER = /\{([^{}]*)\}/g
/** Text for each word in braces; undefined: the server has no such address. */
const VALUES: Readonly<Record<string, (server: UrlServer) => string | undefined>> = {
  ip: server => server.ipv4 ?? bracketed(server.ipv6),
  ipv4: server => server.ipv4,
  ipv6: server => bracketed(server.ipv6),
  server: server => encodeURIComponent(server.id),
}

const bracketed = (ipv6: string | undefined): string | undefined => (ipv6 === undefined ? undefined : `[${ipv6}]`)

/** True when the URL is another for every server. */
export const namesServer = (url: string): boolean => url.search(PLACEHOLDER) >= 0

/** The URL for one server; null when it asks for an address that the server does not have. */
export function urlFor(url: string, server: UrlServer): string | null {
  let complete = true
  const filled = url.replace(PLACEHOLDER, (_, word: string) => {
    const value = VALUES[word]?.(server)
    if (value === undefined) complete = false
    return value ?? ''
  })
  return complete ? filled : null
}

const SOME_SERVER: UrlServer = { id: 'a', ipv4: '192.0.2.1', ipv6: '2001:db8::1' }

export const loadUrl = kind<string>({
  legal:
    'an http or https URL such as http://{ip}:9100/metrics, in which {ip}, {ipv4}, {ipv6} and {server} stand for the addresses and the id of each server',
  json: { type: 'string', pattern: '^https?://' },
  read: raw => {
    if (typeof raw !== 'string' || raw.length > 2048 || !/^https?:\/\/(?![/\\])[!-~]+$/.test(raw))
      return bad('is not a URL')
    const word = [...raw.matchAll(PLACEHOLDER)].find(([, name]) => !Object.hasOwn(VALUES, name!))?.[0]
    if (word !== undefined) return bad(`has ${word}, which stands for nothing`)
    const filled = urlFor(raw, SOME_SERVER)!
    if (!URL.canParse(filled)) return bad('is not a URL')
    const url = new URL(filled)
    return url.username + url.password === '' ? good(raw) : bad('has a name or a password in it')
  },
  show: raw => show(typeof raw === 'string' ? raw.replace(/\/\/.*@/s, '//...@') : raw),
})

export const metricName = text(
  'a metric name of letters, digits, _ and :, such as node_network_transmit_bytes_total',
  /^[a-zA-Z_:][a-zA-Z0-9_:]{0,255}$/,
  'is not a metric name',
)
export const labelValue = text('text of at most 1024 characters', /^[^\0\n\r]{0,1024}$/, 'is not a label value')
