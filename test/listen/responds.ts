import type { Peer } from '../../src/base/peer.ts'
import type { Respond } from '../../src/listen/respond.ts'
import { mirror } from './fixture.ts'

/** What a listener under test answers with. Known by name, since a function cannot cross to a thread. */
export type RespondName =
  | 'mirror'
  | 'tellPeer'
  | 'silentForOne'
  | 'asLongAsAsked'
  | 'tellLength'
  | 'dieOfBoom'
  | 'world'

export async function respondOf(name: RespondName): Promise<Respond> {
  return name === 'world' ? worldly() : RESPONDS[name]
}

const RESPONDS: Readonly<Record<Exclude<RespondName, 'world'>, Respond>> = {
  mirror,
  /** Who asked, as the words of a peer, then the message. */
  tellPeer: (message, length, peer, out) => tell(`${wordsOf(peer)} ${Buffer.from(message.subarray(0, length))}`, out),
  /** Nothing for a message of one octet. */
  silentForOne: (message, length, peer, out) => (length === 1 ? 0 : mirror(message, length, peer, out)),
  /** The message is a number: so many octets, each the last of the number. */
  asLongAsAsked: (message, length, _peer, out) => {
    const asked = Number(Buffer.from(message.subarray(0, length)))
    out.fill(asked % 256, 0, asked)
    return asked
  },
  /** How long the message was. */
  tellLength: (_message, length, _peer, out) => tell(String(length), out),
  dieOfBoom: (message, length, peer, out) => {
    if (Buffer.from(message.subarray(0, length)).toString() === 'boom') throw new Error('boom it was')
    return mirror(message, length, peer, out)
  },
}

/** The real answer path, loaded by who asks for it: it is large. */
async function worldly(): Promise<Respond> {
  const [{ openWorld }, { Transport }] = await Promise.all([
    import('../answer/world.ts'),
    import('../../src/answer/exchange.ts'),
  ])
  const { answerer } = openWorld()
  return (message, length, peer, out) => answerer.answer(message, length, peer, Transport.Udp, out)
}

export const wordsOf = (peer: Peer): string =>
  [peer.family, ...[peer.hi, peer.lo, peer.hostHi, peer.hostLo].map(word => word.toString(16))].join(' ')

function tell(text: string, out: Uint8Array): number {
  return Buffer.from(out.buffer, out.byteOffset, out.length).write(text)
}
