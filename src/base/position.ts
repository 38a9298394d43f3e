/** Orders positions of a change log: `<number>-<number>` like stream ids. '' is before everything. */
export function comparePosition(a: string, b: string): number {
  const [a1 = 0, a2 = 0] = a.split('-').map(Number)
  const [b1 = 0, b2 = 0] = b.split('-').map(Number)
  return a1 - b1 || a2 - b2
}
