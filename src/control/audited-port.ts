import { formatProblem } from '../base/problem.ts'
import type { DemandReport } from '../model/demand.ts'
import type { Measurement } from '../model/measurement.ts'
import type { AuditTrail } from './audit-trail.ts'
import { describeDrain, describeRamp } from './describe-drain.ts'
import type { ControlPort, ReloadVerdict } from './port.ts'

/** The same port, with every change that people ask of it in the audit trail. Loads and what is measured by itself come too often, and are no decisions. */
export function audited(port: ControlPort, trail: AuditTrail): ControlPort {
  return {
    status: () => port.status(),
    explain: (name, type, client) => port.explain(name, type, client),
    reportLoad: (sample, unit) => port.reportLoad(sample, unit),
    measurements: () => port.measurements(),
    audit: (since, most) => port.audit(since, most),
    resolvers: port.resolvers,
    drain(wish, force, caller) {
      const what = `${describeDrain(wish, port.status().now)}${force ? ', forced' : ''}`
      return trail.note(caller, { action: 'drain', subject: wish.cluster, what }, () => port.drain(wish, force, caller))
    },
    restore(wish, caller) {
      const what = describeRamp(wish.rampMs)
      return trail.note(caller, { action: 'restore', subject: wish.cluster, what }, () => port.restore(wish, caller))
    },
    putMeasurements(rows: readonly Measurement[], caller) {
      const work = () => port.putMeasurements(rows, caller)
      const isImport = rows.some(({ source }) => source === 'import')
      return isImport ? trail.noteImport(caller, rows.length, work) : work()
    },
    reload(force, caller) {
      const deed = { action: 'reload', subject: '', what: force ? 'forced' : '' } as const
      return trail.note(caller, deed, () => port.reload(force, caller), refusalOf)
    },
    demand: {
      known: now => port.demand.known(now),
      report: (report, caller) => trail.note(caller, deedOf(report), () => port.demand.report(report, caller)),
    },
  }
}

export function deedOf(report: DemandReport | null) {
  return report === null
    ? ({ action: 'demand-withdraw', subject: '', what: '' } as const)
    : ({ action: 'demand-import', subject: '', what: `${report.rows.length} rows of ${report.unit}` } as const)
}

function refusalOf({ accepted, problems: [first] }: ReloadVerdict): string | null {
  if (accepted) return null
  return first === undefined ? 'the acceptance gate refused it' : formatProblem(first)
}
