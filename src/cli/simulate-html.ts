import type { Outcome } from '../simulate/outcome.ts'
import type { Report } from './simulate-report.ts'
export function formatPage(_report: Report, _outcomes: readonly Outcome[]): string {
  return ''
}
