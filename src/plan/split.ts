/**
 * Where a heavy range is cut: at its most aligned inner point, again and again, until each piece is light enough, taking its weight as evenly
 * spread. Keys are leaf keys; returns the first key of every piece, ascending. Heavy ranges are few, so that 56-bit arithmetic may cost what it costs.
 */
export function cutPoints(from: bigint, to: bigint, weight: number, limit: number): bigint[] {
  const points: bigint[] = []
  cut(from, to, weight / Number(to - from), limit, points)
  return points
}

function cut(from: bigint, to: bigint, perLeaf: number, limit: number, points: bigint[]): void {
  if (Number(to - from) * perLeaf <= limit || to - from === 1n) {
    points.push(from)
    return
  }
  const bit = BigInt((from ^ (to - 1n)).toString(2).length - 1)
  const middle = ((to - 1n) >> bit) << bit
  cut(from, middle, perLeaf, limit, points)
  cut(middle, to, perLeaf, limit, points)
}
