/** A small generator of pseudo-random numbers, the same sequence for the same seed (not 0): whole numbers from 0 to below `below`. */
export function xorshift(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
