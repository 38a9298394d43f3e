import './inlining.ts'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type AnsweringWorker, openAnswering } from './answering.ts'
import { reportMemory } from './own-memory.ts'
import { goFirst, nameThread } from './own-thread.ts'
import type { AnsweringOptions, FromAnswerer, ToAnswerer } from './protocol.ts'

// Entry of the query and tcp threads.
const port = parentPort
if (port === null) throw new Error('answering-thread runs only as a worker thread')
const say = (message: FromAnswerer): void => port.postMessage(message)
const options = workerData as AnsweringOptions
nameThread(options.role)
if (options.role === 'query') goFirst()

/** Milliseconds between two looks at memory and at what the kernel counts. */
const STOCK_INTERVAL_MS = 1_000
/** Place in `posted`. */
const BEAT = 1

// Tables that cannot be opened end the thread, here or in `use`: the pool takes a death on new tables for a verdict on them.
const worker = openAnswering(options, {
  note: sentence => say({ kind: 'note', sentence }),
  troubles: troubles => say({ kind: 'troubles', troubles }),
})
const gauges = new Float64Array(options.gauges)
const posted = new Int32Array(options.posted)
let absent: readonly string[] = []
if (await listens()) {
  say({ kind: 'listening', absent })
  takeStock()
  if (worker.turn === null) attend(port, worker)
  else await serveInTurns(port, worker, worker.turn)
}

/** False, and the reason is said, when the sockets cannot be bound: none is open then, nobody listens to the port, and the thread ends by itself. */
async function listens(): Promise<boolean> {
  try {
    absent = await worker.listen()
    return true
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    return false
  }
}

/** Lets the event loop bring queries and messages. */
function attend(port: MessagePort, worker: AnsweringWorker): void {
  const clock = setInterval(takeStock, STOCK_INTERVAL_MS)
  port.on('message', (message: ToAnswerer) => {
    if (message.kind !== 'stop') return obey(worker, message)
    clearInterval(clock)
    void worker.stop(message.succeeded).then(() => port.close())
  })
}

/** Answers, turn by turn, and looks for messages in between. The event loop stands still meanwhile. */
async function serveInTurns(port: MessagePort, worker: AnsweringWorker, turn: () => void): Promise<void> {
  let read = 0
  let stockAt = Date.now()
  for (;;) {
    turn()
    const now = Date.now()
    if (now - stockAt >= STOCK_INTERVAL_MS || now < stockAt) {
      stockAt = now
      takeStock()
    }
    if (Atomics.load(posted, 0) === read) continue
    read = Atomics.load(posted, 0)
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
      const message = got.message as ToAnswerer
      if (message.kind === 'stop') return worker.stop(message.succeeded)
      obey(worker, message)
    }
  }
}

function obey(worker: AnsweringWorker, message: Exclude<ToAnswerer, { kind: 'stop' }>): void {
  if (message.kind === 'tables') say({ kind: 'serving', generation: worker.use(message.tables) })
  else {
    worker.configure(message.settings)
    say({ kind: 'configured' })
  }
}

function takeStock(): void {
  Atomics.add(posted, BEAT, 1)
  worker.takeStock()
  reportMemory(gauges)
}
