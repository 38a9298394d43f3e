import { parentPort, workerData } from 'node:worker_threads'
import { buildZones } from './build-zones.ts'
import { keepReportingMemory } from './own-memory.ts'
import { goLast, nameThread } from './own-thread.ts'
import { PlannerDesk } from './planner-desk.ts'
import type { FromPlanner, ToPlanner } from './protocol.ts'

// Entry of the planner thread: requests one after the other, results by id.
const port = parentPort
if (port === null) throw new Error('planner-thread runs only as a worker thread')

nameThread('planner')
goLast()
keepReportingMemory(new Float64Array(workerData as SharedArrayBuffer))
const desk = new PlannerDesk(buildZones)
let turn: Promise<void> = Promise.resolve()

port.on('message', (message: ToPlanner) => {
  turn = turn.then(() => serve(message))
})

async function serve(message: ToPlanner): Promise<void> {
  if (message.kind === 'measurements') return desk.take(message.rows, message.position)
  if (message.kind === 'served') return desk.served(message.set, message.live)
  let reply: FromPlanner
  try {
    reply = { kind: 'result', id: message.id, result: await desk.call(message.method, message.request) }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    reply = { kind: 'error', id: message.id, message: text }
  }
  port?.postMessage(reply)
}
