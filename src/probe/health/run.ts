import type { MonitorSettings } from '../../model/health-checks.ts'
import type { MonitorDeps, MonitorSummary } from './monitor.ts'
import { MonitorThread } from './monitor-thread.ts'

export interface MonitorRun extends MonitorDeps {
  readonly settings: MonitorSettings
  /** Reads the configuration anew; null: it is bad, which has been told, and what was in force stays. */
  readonly reread: () => Promise<MonitorSettings | null>
}

const STATUS_EVERY_MS = 60_000

/** Runs a monitor alone until SIGTERM or SIGINT; SIGHUP reads the configuration anew. Resolves with the exit code. */
export async function runMonitor({ settings, reread, report, log }: MonitorRun): Promise<number> {
  const monitor = new MonitorThread({ report, log })
  const onHangup = async (): Promise<void> => {
    const fresh = await reread()
    if (fresh === null) return log('warn', 'the configuration is bad: checks go on as before')
    monitor.configure(fresh)
    log('info', `the configuration was read anew: ${describeSettings(fresh)}`)
  }
  const hangup = (): void => void onHangup().catch((error: unknown) => log('warn', `reload failed: ${String(error)}`))
  process.on('SIGHUP', hangup)
  const ended = new Promise<void>(resolve => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  monitor.configure(settings)
  log('info', `monitor ${settings.name}; ${describeSettings(settings)}`)
  const status = setInterval(() => log('info', describe(monitor.summary)), STATUS_EVERY_MS)
  await ended
  clearInterval(status)
  process.off('SIGHUP', hangup)
  log('info', describe(monitor.summary))
  await monitor.stop()
  return 0
}

function describeSettings({ clusters }: MonitorSettings): string {
  const servers = clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0)
  return `servers to check: ${servers}, in clusters: ${clusters.length}`
}

/** One line for people. */
export function describe(summary: MonitorSummary | null): string {
  if (summary === null) return 'no figures yet'
  const { targets, up, down, checks, unjudged, reports, failedReports } = summary
  const silent = unjudged === 0 ? '' : `, ${unjudged} said nothing`
  const lost = failedReports === 0 ? '' : `, ${failedReports} not kept`
  return `${up} of ${targets} addresses up, ${down} down, ${targets - up - down} unknown; ${checks} checks${silent}; ${reports} reports${lost}`
}
