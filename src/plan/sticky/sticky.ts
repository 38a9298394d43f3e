const LEAST_MS = 3
const LEAST_SHARE = 0.1

/** By how much a new first choice must be better than the present one, whose score is given; ms. */
export function leastGainMs(scoreMs: number): number {
  return Math.max(LEAST_MS, LEAST_SHARE * scoreMs)
}

/** In so many scorings in a row, a minute apart. */
export const STICKY_WINS = 3
