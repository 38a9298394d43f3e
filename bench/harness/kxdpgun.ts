import { type Flood, generate } from './flood.ts'
import { GENERATOR_CORE } from './namespace.ts'

export interface Salvo {
  readonly address: string
  /** Lines of `name type` (kxdpgun(8)), sent over and over. */
  readonly file: string
  readonly seconds: number
  /** Queries offered per second, whether they are answered or not. */
  readonly rate: number
  /** Queries come from addresses all over this prefix; from the generator's own address when left out. */
  readonly clients?: string
}

/** Queries of one batch: kxdpgun sends them in bursts of this size. */
export const BURST = 32

/** For a moment after a run the kernel still holds its socket of the interface. */
const ATTEMPTS = 10
const PAUSE_MS = 500

/** Sends at a fixed rate from one core through AF_XDP, which leaves the server's core alone. Port 53. */
export async function salvo({ address, file, seconds, rate, clients }: Salvo): Promise<Flood> {
  const options = { '-t': seconds, '-Q': rate, '-b': BURST, '-F': GENERATOR_CORE, '-i': file }
  const from = clients === undefined ? [] : ['-l', clients]
  const args = [...Object.entries(options).flat().map(String), ...from, address]
  for (let attempt = 1; ; attempt++) {
    try {
      return readKxdpgun(await generate('kxdpgun', args, [GENERATOR_CORE], (seconds + 20) * 1000))
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('resource is busy')) throw error
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
}

/** Reads what kxdpgun 3.x says at its end. Throws when it says no such thing. */
export function readKxdpgun(text: string): Flood {
  const figure = (pattern: RegExp): number => {
    const found = pattern.exec(text)
    if (found === null) throw new Error(`kxdpgun did not say ${pattern}:\n${text}`)
    return Number(found[1])
  }
  const sent = figure(/^total queries:\s+(\d+)/m)
  const replies = figure(/^total replies:\s+(\d+)/m)
  const perSecond = figure(/^total replies:\s+\d+ \((\d+) pps\)/m)
  const rcodes = new Map([...text.matchAll(/^responded (\w+):\s+(\d+)/gm)].map(([, name, n]) => [name!, Number(n)]))
  return { sent, replies, perSecond, lost: sent === 0 ? 0 : Math.max(0, 1 - replies / sent), rcodes }
}
