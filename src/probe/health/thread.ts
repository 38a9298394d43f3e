import { parentPort, workerData } from 'node:worker_threads'
import type { MonitorSettings } from '../../model/health-checks.ts'
import { HealthMonitor } from './monitor.ts'
import type { FromMonitor, ToMonitor } from './protocol.ts'

// Entry of the monitor's thread: sockets and handshakes of thousands of checks, away from everything that must not wait for them.
const port = parentPort
if (port === null) throw new Error('thread runs only as a worker thread')

const FIGURES_EVERY_MS = 2_000

const tell = (message: FromMonitor): void => port.postMessage(message)
let underWay: { resolve(kept: 'kept' | 'incomplete'): void; reject(error: Error): void } | null = null

const monitor = new HealthMonitor(workerData as MonitorSettings, {
  report: report => {
    tell({ kind: 'report', report })
    return new Promise((resolve, reject) => {
      underWay = { resolve, reject }
    })
  },
  log: (level, message) => tell({ kind: 'log', level, message }),
})
setInterval(() => tell({ kind: 'figures', counts: monitor.counts(), summary: monitor.summary() }), FIGURES_EVERY_MS)

port.on('message', (message: ToMonitor) => {
  if (message.kind === 'configure') monitor.configure(message.settings)
  else if (message.kind === 'tell-all') monitor.tellAll()
  else if (message.fault === null) underWay?.resolve(message.kept)
  else underWay?.reject(new Error(message.fault))
})
