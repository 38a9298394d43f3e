import { type Millis, millis } from '../base/brand.ts'
import {
  HEALTH_CAUSES,
  type HealthCause,
  type HealthReport,
  type HealthVerdict,
  MOST_VERDICTS,
} from '../model/health.ts'

/**
 * What monitors say, as text:
 *
 *   field   = server '/' family                              ; 4 or 6
 *   value   = ( 'up' | cause ) SP since                      ; cause: why it is down; since: Unix ms
 *   change  = who *( LF field SP value )                     ; an entry of the change stream
 *           / who LF '*'                                     ; too much for an entry, or all anew: it is in the monitor's key
 *   who     = monitor SP at SP place [ SP blind ]            ; place '-': one of its own
 *   blind   = '4' / '6' / '46'                               ; families by which it sees nothing
 */
const MONITOR = /^[A-Za-z0-9._-]{1,64}$/
const FIELD = /^([a-z0-9][a-z0-9.-]{0,127})\/([46])$/
const VALUE = /^([a-z]{1,16}) (\d{1,16})$/
const CAUSES: ReadonlySet<string> = new Set(HEALTH_CAUSES)
/** Longer than any legal field and value together. */
export const MAX_VERDICT_OCTETS = 256
const NO_PLACE = '-'
const IN_ITS_KEY = '*'

/** `verdicts` null: they are in the monitor's key. */
export type HealthChange = Pick<HealthReport, 'monitor' | 'place' | 'blind' | 'at'> & {
  readonly verdicts: HealthVerdict[] | null
}

export const isMonitor = (name: string): boolean => MONITOR.test(name)

/** Leaves out what cannot be, and what is too much. */
export function keepable(report: HealthReport): readonly HealthVerdict[] {
  const good = report.verdicts.filter(verdict => readVerdict(packField(verdict), packValue(verdict)) !== null)
  return good.length > MOST_VERDICTS ? good.slice(0, MOST_VERDICTS) : good
}

export const packField = ({ server, family }: HealthVerdict): string => `${server}/${family}`
export const packValue = ({ up, cause, since }: HealthVerdict): string => `${up ? 'up' : cause} ${since}`
export const packBlind = ({ blind = [] }: Pick<HealthReport, 'blind'>): string => blind.join('')
export const packPlace = (place: string | undefined): string => place ?? NO_PLACE

export function packChange(report: Omit<HealthReport, 'whole'>, inItsKey: boolean): string {
  const blind = packBlind(report)
  const head = `${report.monitor} ${report.at} ${packPlace(report.place)}${blind === '' ? '' : ` ${blind}`}`
  const lines = inItsKey ? [IN_ITS_KEY] : report.verdicts.map(each => `${packField(each)} ${packValue(each)}`)
  return [head, ...lines].join('\n')
}

/** null when the text is none. */
export function readVerdict(field: string, value: string): HealthVerdict | null {
  const name = FIELD.exec(field)
  const said = VALUE.exec(value)
  if (name === null || said === null) return null
  const state = said[1]!
  const since = millis(Number(said[2]))
  if (state !== 'up' && !isCause(state)) return null
  if (!Number.isSafeInteger(since)) return null
  const who = { server: name[1]!, family: name[2] === '4' ? 4 : 6 } as const
  return { ...who, up: state === 'up', since, cause: isCause(state) ? state : null }
}

/** null when nothing of the text can be read; `skipped`: lines that could not. */
export function readHealthChange(text: string): { readonly change: HealthChange; readonly skipped: number } | null {
  const [head, ...lines] = text.split('\n')
  const [monitor, moment, place, blind = '', more] = head!.split(' ')
  const at = readMoment(moment ?? '')
  if (monitor === undefined || !isMonitor(monitor) || at === null || more !== undefined || !isPlace(place)) return null
  if (!isBlind(blind)) return null
  const who = { monitor, at, ...placeOf(place), ...blindOf(blind) }
  if (lines[0] === IN_ITS_KEY) return { change: { ...who, verdicts: null }, skipped: 0 }
  const verdicts = lines.flatMap(line => readLine(line) ?? [])
  return { change: { ...who, verdicts }, skipped: lines.length - verdicts.length }
}

function readLine(line: string): HealthVerdict | null {
  const space = line.indexOf(' ')
  return line.length > MAX_VERDICT_OCTETS ? null : readVerdict(line.slice(0, space), line.slice(space + 1))
}

export const readMoment = (text: string): Millis | null => (/^\d{1,15}$/.test(text) ? millis(Number(text)) : null)
export const isPlace = (text: unknown): text is string => typeof text === 'string' && isMonitor(text)
export const placeOf = (text: string): { readonly place?: string } => (text === NO_PLACE ? {} : { place: text })

export const isBlind = (text: string): boolean => /^4?6?$/.test(text)
export const blindOf = (text: string): Pick<HealthReport, 'blind'> =>
  text === '' ? {} : { blind: ([4, 6] as const).filter(family => text.includes(String(family))) }

const isCause = (text: string): text is HealthCause => CAUSES.has(text)
