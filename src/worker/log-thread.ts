import { parentPort, workerData } from 'node:worker_threads'
import { Pace } from '../log/pace.ts'
import { Scribe } from '../log/scribe.ts'
import { QueryRing } from '../model/query-ring.ts'
import { goLast, nameThread } from './own-thread.ts'
import type { FromLogger, LoggerOptions, ToLogger } from './protocol.ts'

// Entry of the thread that writes the logs of queries.
const port = parentPort
if (port === null) throw new Error('log-thread runs only as a worker thread')

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

const pace = new Pace()
/** As the present look found the fullest ring. */
let filled = 0
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
  filled = Math.max(filled, scribe.filled)
  if (scribe.drain()) {
    look = setTimeout(turn, 0)
    return
  }
  look = setTimeout(turn, pace.next(filled))
  filled = 0
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
