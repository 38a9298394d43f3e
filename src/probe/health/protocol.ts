import type { HealthReport } from '../../model/health.ts'
import type { MonitorSettings } from '../../model/health-checks.ts'
import type { CheckCounts } from '../../model/health-status.ts'
import type { MonitorSummary } from './monitor.ts'

/** What the monitor's thread is told ... */
export type ToMonitor =
  | { readonly kind: 'configure'; readonly settings: MonitorSettings }
  | { readonly kind: 'tell-all' }
  /** What became of the report under way; `fault` null: it was taken. */
  | { readonly kind: 'reported'; readonly kept: 'kept' | 'incomplete'; readonly fault: string | null }

/** ... and what it tells. The next report comes only after word of the one before. */
export type FromMonitor =
  | { readonly kind: 'report'; readonly report: HealthReport }
  | { readonly kind: 'figures'; readonly counts: readonly CheckCounts[]; readonly summary: MonitorSummary }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string }
