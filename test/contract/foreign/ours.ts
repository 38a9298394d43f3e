import { Transport } from '../../../src/answer/exchange.ts'
import { openWorld } from '../../answer/world.ts'
import type { Corpus } from './corpus.ts'

/** Our answerer on the zones of the corpus: message in, message out. */
export function openOurs(corpus: Corpus): (query: Uint8Array, tcp: boolean) => Uint8Array {
  const world = openWorld({ zones: [...corpus.zones.values()] })
  return (query, tcp) => world.exchange(query, { transport: tcp ? Transport.Tcp : Transport.Udp })
}
