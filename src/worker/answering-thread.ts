import { parentPort, workerData } from 'node:worker_threads'
import { startAnswering } from './answering.ts'
import type { AnsweringOptions, FromAnswerer, ToAnswerer } from './protocol.ts'

// Entry of the query and tcp threads.
const port = parentPort
if (port === null) throw new Error('answering-thread runs only as a worker thread')
const say = (message: FromAnswerer): void => port.postMessage(message)

try {
  const worker = await startAnswering(workerData as AnsweringOptions)
  port.on('message', (message: ToAnswerer) => {
    if (message.kind === 'tables') say({ kind: 'serving', generation: worker.use(message.tables) })
    else void worker.stop().then(() => port.close())
  })
  say({ kind: 'listening', absent: worker.absent })
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}
