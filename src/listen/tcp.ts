import { type AcceptOptions, accept, type StreamListener } from './accept.ts'
import type { Desk } from './desk.ts'
import type { Respond } from './respond.ts'

export interface TcpOptions extends AcceptOptions {
  readonly respond: Respond
  readonly desk: Desk
}

/** Listens for DNS over TCP (RFC 7766) on one address. Throws when it cannot be bound, with what to do about it. */
export function listenTcp({ respond, desk, ...where }: TcpOptions): Promise<StreamListener> {
  return accept('tcp', where, socket => desk.admit(socket)?.open(socket, respond))
}
