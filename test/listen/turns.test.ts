import { describe, expect, it } from 'vitest'
import { Turns, type TurnTaker } from '../../src/listen/turns.ts'

const PER_TURN = 32
const immediately = () => new Promise(setImmediate)

/** Somebody with `backlog` queries, who wants turns until they are answered. */
class Backlog implements TurnTaker {
  turns = 0
  readonly #turns: Turns
  #left: number

  constructor(turns: Turns, backlog: number) {
    this.#turns = turns
    this.#left = backlog
    turns.add(this)
  }

  takeTurn(): number {
    this.turns++
    const done = Math.min(PER_TURN, this.#left)
    this.#left -= done
    if (this.#left > 0) this.#turns.add(this)
    return done
  }
}

describe('Turns', () => {
  it('go round, and sockets are looked at after every 64 queries', async () => {
    const turns = new Turns()
    const takers = Array.from({ length: 8 }, () => new Backlog(turns, 10 * PER_TURN))
    for (let look = 1; look <= 40; look++) {
      await immediately()
      expect(takers.reduce((sum, taker) => sum + taker.turns, 0)).toBe(2 * look)
      const counts = takers.map(taker => taker.turns)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })

  it('who has nothing left, or is gone, is not asked again', async () => {
    const turns = new Turns()
    const [brief, gone] = [new Backlog(turns, 1), new Backlog(turns, 1000)]
    turns.remove(gone)
    for (let i = 0; i < 5; i++) await immediately()
    expect([brief.turns, gone.turns]).toEqual([1, 0])
  })
})
