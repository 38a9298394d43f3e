import type { ProbeMethod } from '../model/probe-status.ts'

/** Who is asked. */
export interface Endpoint {
  readonly address: string
  /** 1..65535; ICMP has none. */
  readonly port: number
}

/** One way to ask. */
export interface Method {
  readonly name: ProbeMethod
  /** Packets that leave for one probe that is answered. */
  readonly packets: number
  /** Milliseconds to the answer, or null when none came in time. Never rejects. */
  readonly ask: (target: Endpoint, timeoutMs: number) => Promise<number | null>
}
