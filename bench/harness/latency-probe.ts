import { type Dialogue, dialogueText, latencies, readDnsperf } from './dnsperf.ts'
import { insist } from './flood.ts'

export const PROBES_PER_SECOND = 4_000

/** Probes come from here: what kxdpgun sends comes from 2000 and above, and the replies to such ports are its own (XDP takes them off the interface). */
const PORT = 1500

/**
 * A few queries beside the load of another generator on the same core, each timed by dnsperf; at a real-time priority, so that they do not wait for the other
 * one's turn to end. `micros`: ascending.
 */
export async function probe(options: Pick<Dialogue, 'address' | 'file' | 'seconds'>) {
  const text = await dialogueText({
    ...options,
    ...{ rate: PROBES_PER_SECOND, clients: 1, outstanding: 100, from: PORT, verbose: true, realtime: true },
  })
  const flood = insist(readDnsperf(text), 'NOERROR', options.address)
  const micros = latencies(text)
    .map(millis => millis * 1e3)
    .sort()
  return { micros, lost: flood.sent - flood.replies }
}
