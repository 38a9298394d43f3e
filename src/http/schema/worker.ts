import { GAUGES } from '../../model/gauges.ts'
import type { WorkerStatus } from '../../model/status.ts'
import { each, named, nullable, object, oneOf, opaque, text, whole } from './schema.ts'

export const WORKER = named(
  'Worker',
  object<WorkerStatus>({
    name: text(),
    role: oneOf('query', 'tcp', 'planner'),
    generation: whole('Of the map that it serves'),
    restarts: whole(),
    counters: nullable(opaque('Its raw counters, which change with the version; programs read GET /metrics')),
    memory: each(GAUGES, whole('Octets')),
  }),
)
