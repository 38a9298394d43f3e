import { parentPort, workerData } from 'node:worker_threads'
import { Scribe } from '../log/scribe.ts'
import { QueryRing } from '../model/query-ring.ts'
import { goLast, nameThread } from './own-thread.ts'
import type { FromLogger, LoggerOptions, ToLogger } from './protocol.ts'

// Entry of the thread that writes the logs of queries: it looks into the rings again and again, since workers wake nobody.
const port = parentPort
if (port === null) throw new Error('log-thread runs only as a worker thread')

/** Milliseconds between two looks: a ring holds what a worker answers in far more. */
const LOOK_EVERY_MS = 20
const TICK_EVERY_MS = 1_000

nameThread('log')
goLast()
const { rings, counts, version, settings, names } = workerData as LoggerOptions
const scribe = new Scribe({
  rings: rings.map(ring => new QueryRing(ring)),
  counts: new Float64Array(counts),
  version,
})
scribe.learn(names)
scribe.configure(settings)

let look = setTimeout(turn, 0)
const ticking = setInterval(tick, TICK_EVERY_MS)
port.on('message', (message: ToLogger) => {
  if (message.kind === 'names') scribe.learn(message.names)
  else if (message.kind === 'settings') {
    scribe.configure(message.settings)
    tick()
  } else void stop()
})

function turn(): void {
  look = setTimeout(turn, scribe.drain() ? 0 : LOOK_EVERY_MS)
}

function tick(): void {
  scribe.tick()
  port?.postMessage({ troubles: scribe.troubles } satisfies FromLogger)
}

async function stop(): Promise<void> {
  clearTimeout(look)
  clearInterval(ticking)
  await scribe.close()
  port?.close()
}
