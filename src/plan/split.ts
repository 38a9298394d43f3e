/** What the leaves from one key to before the other weigh, and what the heaviest of them does. */
export type Weigh = (from: bigint, to: bigint) => { readonly weight: number; readonly heaviest: number }

/**
 * Where a heavy range is cut: at its most aligned inner point, again and again, until each piece is light enough, or is so for one heavy leaf alone,
 * which no cut makes lighter. Keys are leaf keys; returns the first key of every piece, ascending. Heavy ranges are few, so that 56-bit arithmetic may
 * cost what it costs.
 */
export function cutPoints(from: bigint, to: bigint, weigh: Weigh, limit: number): bigint[] {
  const points: bigint[] = []
  cut(from, to, weigh, limit, points)
  return points
}

function cut(from: bigint, to: bigint, weigh: Weigh, limit: number, points: bigint[]): void {
  if (to - from === 1n || isLight(weigh(from, to), limit)) {
    points.push(from)
    return
  }
  const bit = BigInt((from ^ (to - 1n)).toString(2).length - 1)
  const middle = ((to - 1n) >> bit) << bit
  cut(from, middle, weigh, limit, points)
  cut(middle, to, weigh, limit, points)
}

function isLight({ weight, heaviest }: ReturnType<Weigh>, limit: number): boolean {
  return weight <= limit || (heaviest > limit && weight - heaviest <= limit)
}
