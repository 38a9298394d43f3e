import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../../fixture/tools.ts'
import { type Difference, differences } from './compare.ts'
import { CORPORA, type Corpus } from './corpus.ts'
import { ACCEPTED, type AcceptedDifference, NOT_LOADED } from './differences.ts'
import { Facts } from './facts.ts'
import { openOurs } from './ours.ts'
import { questionsOf } from './questions.ts'
import { FOREIGN, type ForeignName, type ForeignServer, startForeign } from './servers.ts'

const MOST_SHOWN = 10

/** Declares the tests of one foreign server: it says what we say, but for what the table accepts, and it says all that. */
export function testConformance(name: ForeignName): void {
  const rows = ACCEPTED.filter(row => row.servers.includes(name))
  /** Rows that were the only one to account for some difference. */
  const needed = new Set<AcceptedDifference>()

  describe.skipIf(missing(name)).each(CORPORA)(`${FOREIGN[name].title} on $name`, whole => {
    const corpus = loadedBy(name, whole)
    const origins = [...corpus.zones.keys()]
    let server: ForeignServer | null = null
    beforeAll(async () => {
      server = await startForeign(FOREIGN[name], corpus)
    })
    afterAll(() => server?.stop())

    it('says the same of every name, over UDP of several sizes and over TCP', async () => {
      const unexplained: Difference[] = []
      for (const difference of await differences(server!.port, openOurs(corpus), questionsOf(corpus))) {
        const facts = new Facts(difference, origins)
        const matching = rows.filter(row => row.matches(facts))
        if (matching.length === 0) unexplained.push(difference)
        if (matching.length === 1) needed.add(matching[0]!)
      }
      expect({ count: unexplained.length, some: unexplained.slice(0, MOST_SHOWN) }).toEqual({ count: 0, some: [] })
    }, 120_000)
  })

  it.skipIf(missing(name))(`every difference that is accepted of ${FOREIGN[name].title} occurs`, () => {
    expect(rows.filter(row => !needed.has(row)).map(row => row.theirs)).toEqual([])
  })
}

function loadedBy(name: ForeignName, corpus: Corpus): Corpus {
  const refused = new Set(NOT_LOADED.filter(({ server }) => server === name).map(({ origin }) => origin))
  return { ...corpus, zones: new Map([...corpus.zones].filter(([origin]) => !refused.has(origin))) }
}
