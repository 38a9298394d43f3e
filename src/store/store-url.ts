/** Where the shared state is, as `store:` of the configuration says it. */
export type StoreAddress =
  | { readonly kind: 'memory' }
  | RedisAddress
  | { readonly kind: 'bad'; readonly reason: string }

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface RedisAddress {
  readonly kind: 'redis'
  readonly mode: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  /** One for `single`; sentinels or any nodes of the cluster otherwise. */
  readonly hosts: readonly HostPort[]
  /** The master's name; sentinel only. */
  readonly master: string
  readonly db: number
  readonly username: string | null
  readonly password: string | null
  /** Files of TLS, absolute paths, from `?ca=` (instead of the CAs of the system), `?cert=` and `?key=` (of the client). */
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  /** Credentials of the sentinels themselves, from `?sentinelUsername=` and `?sentinelPassword=`. */
  readonly sentinelUsername: string | null
  readonly sentinelPassword: string | null
  /** The address without credentials. */
  readonly label: string
}

const FORMS =
  'legal: memory, redis://[user:password@]host[:port][/db], rediss://...[?ca=/path/ca.pem], redis+sentinel://host:port,host:port/name[/db], redis+cluster://host:port,...'
const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/?]*)(\/[^?]*)?(?:\?(.*))?$/
const PARAMETERS = ['sentinelUsername', 'sentinelPassword', 'ca', 'cert', 'key']
const DEFAULT_PORT = { single: 6379, sentinel: 26379, cluster: 6379 }

/** Parses `store:`. A bad one gets a reason that names what is legal and never shows a password. */
export function parseStoreUrl(url: string): StoreAddress {
  if (url === 'memory') return { kind: 'memory' }
  const match = SHAPE.exec(url)
  if (match === null) return bad('it is no store address')
  const [, scheme, suffix, credentials, hostList = '', path = '', query = ''] = match
  const mode = (suffix ?? 'single') as RedisAddress['mode']
  const hosts = hostList.split(',').map(text => parseHost(text, DEFAULT_PORT[mode]))
  if (hosts.some(host => host === null)) return bad(`"${hostList}" is not host:port`)
  if (mode === 'single' && hosts.length > 1) return bad('several hosts need redis+sentinel:// or redis+cluster://')
  const parts = path.split('/').filter(part => part !== '')
  const master = mode === 'sentinel' ? (parts.shift() ?? '') : ''
  if (mode === 'sentinel' && master === '') return bad('the name of the master is missing')
  const db = parts.shift() ?? '0'
  if (!/^\d{1,5}$/.test(db) || parts.length > 0) return bad(`"${path}" does not end with the number of a database`)
  if (mode === 'cluster' && db !== '0') return bad('a cluster has only database 0')
  const parameters = new URLSearchParams(query)
  for (const name of parameters.keys()) if (!PARAMETERS.includes(name)) return bad(`unknown parameter "${name}"`)
  const secrets = readSecrets(credentials, parameters)
  if (typeof secrets === 'string') return bad(secrets)
  const files = readFiles(parameters, scheme === 'rediss')
  if (typeof files === 'string') return bad(files)
  const ends = hosts.map(host => formatHost(host!)).join(',')
  const name = `${scheme}${suffix === undefined ? '' : `+${suffix}`}`
  const label = `${name}://${ends}${master === '' ? '' : `/${master}`}${mode === 'cluster' ? '' : `/${db}`}`
  const where = { mode, tls: scheme === 'rediss', hosts: hosts as HostPort[], master, db: Number(db), label }
  return { kind: 'redis', ...where, ...secrets, ...files }
}

/** A string says what is wrong. */
function readFiles(parameters: URLSearchParams, tls: boolean): Pick<RedisAddress, 'ca' | 'cert' | 'key'> | string {
  const [ca, cert, key] = [parameters.get('ca'), parameters.get('cert'), parameters.get('key')]
  const given = [ca, cert, key].filter(path => path !== null)
  if (given.length > 0 && !tls) return 'ca, cert and key are for TLS: rediss://'
  if (given.some(path => !path.startsWith('/'))) return 'ca, cert and key are absolute paths'
  if ((cert === null) !== (key === null)) return 'cert and key go together'
  return { ca, cert, key }
}

type Secrets = Pick<RedisAddress, 'username' | 'password' | 'sentinelUsername' | 'sentinelPassword'>

/** A string says what is wrong. */
function readSecrets(credentials: string | undefined, parameters: URLSearchParams): Secrets | string {
  const colon = credentials?.indexOf(':') ?? -1
  const username = decode(colon < 0 ? '' : credentials!.slice(0, colon))
  const password = decode(colon < 0 ? (credentials ?? '') : credentials!.slice(colon + 1))
  if (username === null || password === null) return 'a % in user or password must be written %25'
  return {
    username: username || null,
    password: password || null,
    sentinelUsername: parameters.get('sentinelUsername'),
    sentinelPassword: parameters.get('sentinelPassword'),
  }
}

function parseHost(text: string, defaultPort: number): HostPort | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) return null
  const port = match[3] === undefined ? defaultPort : Number(match[3])
  return port < 1 || port > 65535 ? null : { host: (match[1] ?? match[2])!, port }
}

const formatHost = ({ host, port }: HostPort): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

const bad = (reason: string): StoreAddress => ({ kind: 'bad', reason: `${reason}; ${FORMS}` })
