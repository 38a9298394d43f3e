/** Inline SVG for the page of `simulate`. Colours come from the page's style sheet, by class. Every text is ours or escaped. */

export interface Curve {
  /** Class of the line. */
  readonly name: string
  readonly label: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

/** A moment to mark on a time axis. */
export interface Mark {
  readonly at: number
  readonly what: string
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`).replace(/\p{Cc}/gu, '?')

interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const WIDE: Frame = { width: 720, height: 300, left: 48, right: 14, top: 12, bottom: 34 }
const FLAT: Frame = { ...WIDE, height: 170 }
const SMALL: Frame = { width: 320, height: 128, left: 36, right: 8, top: 8, bottom: 20 }

type Scale = (value: number) => number

const linear =
  (from: number, to: number, low: number, high: number): Scale =>
  value =>
    low + ((value - from) / (to - from || 1)) * (high - low)

const logarithmic = (from: number, to: number, low: number, high: number): Scale => {
  const scale = linear(Math.log(from), Math.log(to), low, high)
  return value => scale(Math.log(Math.max(from, value)))
}

const px = (value: number): string => value.toFixed(1)

function path(points: readonly (readonly [number, number])[], x: Scale, y: Scale): string {
  return points.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${px(x(a))} ${px(y(b))}`).join('')
}

function svg({ width, height }: Frame, title: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`
}

const line = (name: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${name}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`

const label = (x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string =>
  `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escapeHtml(text)}</text>`

const RTT_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

/** Distribution functions of round trips, over a logarithmic axis of milliseconds. */
export function cdfPlot(curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points.map(([ms]) => ms))
  const from = Math.max(1, Math.min(...all) * 0.9)
  const to = Math.max(from * 2, ...all) * 1.1
  const { left, right, top, bottom, width, height } = WIDE
  const x = logarithmic(from, to, left, width - right)
  const y = linear(0, 1, height - bottom, top)
  const ticks = RTT_TICKS.filter(ms => ms >= from && ms <= to)
  return svg(WIDE, 'share of demand with a round trip below', [
    ...[0, 0.25, 0.5, 0.75, 0.95, 1].flatMap(share => [
      line('grid', left, y(share), width - right, y(share)),
      label(left - 6, y(share) + 4, 'end', `${Math.round(share * 100)} %`),
    ]),
    ...ticks.flatMap(ms => [
      line('grid', x(ms), top, x(ms), height - bottom),
      label(x(ms), height - bottom + 16, 'middle', String(ms)),
    ]),
    label(width - right, height - 4, 'end', 'round trip, ms'),
    ...curves.map(({ name, points }) => `<path class="curve ${name}" d="${path(points, x, y)}"/>`),
  ])
}

/** Bars over time. `series[i]` is the share of demand that moved in interval `i`. */
export function movesPlot(
  series: readonly number[],
  interval: number,
  marks: readonly Mark[],
  clock: (s: number) => string,
): string {
  const { left, right, top, bottom, width, height } = FLAT
  const seconds = series.length * interval
  const most = Math.max(0.01, ...series)
  const x = linear(0, seconds, left, width - right)
  const y = linear(0, most, height - bottom, top)
  const bars = series.flatMap((share, i) => {
    if (share <= 0) return []
    const high = Math.max(1, y(0) - y(share))
    return [
      `<rect class="bar" x="${px(x(i * interval))}" y="${px(y(0) - high)}" width="${px(Math.max(0.8, x(interval) - x(0) - 0.4))}" height="${px(high)}"/>`,
    ]
  })
  return svg(FLAT, 'share of demand that changed cluster', [
    ...[0, 0.5, 1].flatMap(part => [
      line('grid', left, y(part * most), width - right, y(part * most)),
      label(left - 6, y(part * most) + 4, 'end', `${(part * most * 100).toFixed(1)} %`),
    ]),
    ...bars,
    ...markLines(marks, x, top, height - bottom),
    ...timeAxis(seconds, x, height - bottom + 16, clock),
  ])
}

export interface LoadCourse {
  /** Shares of capacity, evenly over the run. */
  readonly loads: readonly number[]
  readonly target: number
  readonly seconds: number
}

/** One cluster's load over time, with its capacity and its target. */
export function loadPlot(
  { loads, target, seconds }: LoadCourse,
  marks: readonly Mark[],
  clock: (s: number) => string,
): string {
  const { left, right, top, bottom, width, height } = SMALL
  const most = Math.max(1.12, ...loads) * 1.02
  const x = linear(0, loads.length - 1, left, width - right)
  const y = linear(0, most, height - bottom, top)
  const t = linear(0, seconds, left, width - right)
  const points = loads.map((load, i) => [i, load] as const)
  const area = `${path(points, x, y)}L${px(x(loads.length - 1))} ${px(y(0))}L${px(x(0))} ${px(y(0))}Z`
  return svg(SMALL, 'load over time', [
    line('grid', left, y(0), width - right, y(0)),
    label(left - 5, y(0) + 4, 'end', '0'),
    label(left - 5, y(target) + 4, 'end', `${Math.round(target * 100)}`),
    label(left - 5, y(1) + 4, 'end', '100 %'),
    `<path class="area" d="${area}"/>`,
    `<path class="curve load" d="${path(points, x, y)}"/>`,
    line('target', left, y(target), width - right, y(target)),
    line('capacity', left, y(1), width - right, y(1)),
    ...markLines(marks, t, top, height - bottom),
    ...timeAxis(seconds, t, height - 5, clock, 3),
  ])
}

function markLines(marks: readonly Mark[], x: Scale, top: number, bottom: number): string[] {
  return marks.map(
    ({ at, what }) => `<g>${line('mark', x(at), top, x(at), bottom)}<title>${escapeHtml(what)}</title></g>`,
  )
}

function timeAxis(seconds: number, x: Scale, y: number, clock: (s: number) => string, ticks = 7): string[] {
  return Array.from({ length: ticks }, (_, i) => {
    const at = Math.round((seconds * i) / (ticks - 1))
    return label(x(at), y, i === 0 ? 'start' : i === ticks - 1 ? 'end' : 'middle', clock(at))
  })
}
