/** Where a listener stands. */
export interface Endpoint {
  /** Literal IPv4 or IPv6 address. */
  readonly host: string
  /** 0..65535; 0 = the system picks one. */
  readonly port: number
}

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another program (or a second instance) holds this address: stop it, or listen on another address or port',
  EACCES: 'ports below 1024 need root or CAP_NET_BIND_SERVICE: grant it, or listen on a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address: give it one, or listen on an address it has',
  EAFNOSUPPORT: 'this machine does not speak that address family: enable it, or leave the address out',
  EINVAL: 'the address cannot be bound as it is written: link-local addresses need their interface (fe80::1%eth0)',
}

/** `udp 127.0.0.1:53`, `tcp [::1]:53`. */
export function endpointText(transport: string, { host, port }: Endpoint): string {
  return `${transport} ${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What the machine refuses is told as such: to a person it is a sentence, not a fault of ours with its stack. */
export function refused(sentence: string, cause?: Error): Error {
  return Object.assign(new Error(sentence, { cause }), { syscall: 'bind' })
}

/** The error that a failed bind is reported as: the address, what happened, what to do. */
export function bindError(transport: string, endpoint: Endpoint, cause: Error): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? cause.message
  const advice = WHAT_TO_DO[code] ?? 'see the code'
  return new Error(`cannot listen on ${endpointText(transport, endpoint)} (${code}): ${advice}`, { cause })
}
