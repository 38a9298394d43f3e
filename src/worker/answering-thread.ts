import { parentPort, workerData } from 'node:worker_threads'
import { openAnswering } from './answering.ts'
import type { AnsweringOptions, FromAnswerer, ToAnswerer } from './protocol.ts'

// Entry of the query and tcp threads.
const port = parentPort
if (port === null) throw new Error('answering-thread runs only as a worker thread')
const say = (message: FromAnswerer): void => port.postMessage(message)

// Tables that cannot be opened end the thread, here or in `use`: the pool takes a death on new tables for a verdict on them.
const worker = openAnswering(workerData as AnsweringOptions, sentence => say({ kind: 'note', sentence }))
try {
  const absent = await worker.listen()
  port.on('message', (message: ToAnswerer) => {
    if (message.kind === 'tables') say({ kind: 'serving', generation: worker.use(message.tables) })
    else if (message.kind === 'settings') worker.configure(message.settings)
    else void worker.stop().then(() => port.close())
  })
  say({ kind: 'listening', absent })
} catch (error) {
  // No socket is open and nobody listens to the port: the thread ends by itself.
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
