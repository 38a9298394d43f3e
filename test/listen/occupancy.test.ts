import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Occupancy } from '../../src/listen/occupancy.ts'

/** What Occupancy promises, computed from the whole history each time. */
class Model {
  readonly #lastMove = new Map<string, { key: string; at: number }>()
  #clock = 0

  add = (key: string, occupant: string) => this.#lastMove.set(occupant, { key, at: this.#clock++ })
  moved = (occupant: string) => {
    const known = this.#lastMove.get(occupant)
    if (known !== undefined) this.add(known.key, occupant)
  }
  /** A departure is no move, but puts the address behind those that hold as many already: nothing else is promised of it. */
  remove = (occupant: string) => this.#lastMove.delete(occupant)
  countOf = (key: string) => [...this.#lastMove.values()].filter(one => one.key === key).length
  keyOf = (occupant: string) => this.#lastMove.get(occupant)!.key
  of = (key: string) =>
    [...this.#lastMove]
      .filter(([, one]) => one.key === key)
      .sort((a, b) => a[1].at - b[1].at)
      .map(([name]) => name)
  get size() {
    return this.#lastMove.size
  }
}

const SEED = 20_260_101
const step = fc.record({
  act: fc.constantFrom('add', 'move', 'remove'),
  key: fc.integer({ min: 0, max: 4 }),
  occupant: fc.integer({ min: 0, max: 19 }),
})

describe('Occupancy', () => {
  it(`walks addresses by what they hold, and each one's occupants by how long they were quiet (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const [tested, model] = [new Occupancy<string>(), new Model()]
        const present = new Set<string>()
        for (const { act, key, occupant: number } of steps) {
          const occupant = `o${number}`
          if (act === 'add' && !present.has(occupant)) {
            tested.add(`k${key}`, occupant)
            model.add(`k${key}`, occupant)
            present.add(occupant)
          } else if (act === 'move') {
            tested.moved(occupant)
            model.moved(occupant)
          } else if (act === 'remove') {
            expect(tested.remove(occupant)).toBe(present.delete(occupant))
            model.remove(occupant)
          }
        }
        const walk = [...tested.inOrder()]
        expect(walk.toSorted()).toEqual([...present].toSorted())
        expect(tested.size).toBe(model.size)
        const counts = walk.map(occupant => model.countOf(model.keyOf(occupant)))
        expect(counts).toEqual(counts.toSorted((a, b) => b - a))
        for (let key = 0; key < 5; key++) {
          expect([...tested.of(`k${key}`)]).toEqual(model.of(`k${key}`))
          expect(walk.filter(occupant => model.keyOf(occupant) === `k${key}`)).toEqual(model.of(`k${key}`))
        }
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('of addresses that hold as many, the one that was quiet longest comes first', () => {
    const occupancy = new Occupancy<string>()
    for (const name of ['a', 'b', 'c']) occupancy.add(`of ${name}`, name)
    occupancy.moved('a')
    expect([...occupancy.inOrder()]).toEqual(['b', 'c', 'a'])
  })
})
