import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { AuditTrail } from '../../src/control/audit-trail.ts'
import { Refusal } from '../../src/control/port.ts'
import type { AuditEntry } from '../../src/model/audit.ts'
import { StoreUnavailable } from '../../src/store/store.ts'

const CALLER = { by: 'ops@host', from: 'http 192.0.2.1' }
const DRAIN = { action: 'drain', subject: 'icn', what: 'to 100 %' } as const

function setup() {
  const kept: AuditEntry[] = []
  const log: string[] = []
  const world = { now: 1_000_000, away: false }
  const store = {
    async putAudit(entry: AuditEntry) {
      if (world.away) throw new StoreUnavailable('away')
      kept.push(entry)
    },
  }
  const trail = new AuditTrail({ store, now: () => millis(world.now), log: (_, message) => log.push(message) })
  return { trail, kept, log, world }
}

describe('the audit trail', () => {
  it('says who did what from where, when, and that it was done', async () => {
    const { trail, kept } = setup()
    expect(await trail.note(CALLER, DRAIN, async () => 'result')).toBe('result')
    expect(kept).toEqual([{ at: 1_000_000, ...CALLER, ...DRAIN, outcome: 'done', why: '' }])
  })

  it('says what was refused by a rule, and what failed', async () => {
    const { trail, kept } = setup()
    for (const error of [new Refusal('conflict', 'the last'), new Refusal('unavailable', 'no map'), new Error('disk')])
      await expect(trail.note(CALLER, DRAIN, () => Promise.reject(error))).rejects.toBe(error)
    await trail.note(
      CALLER,
      { action: 'reload', subject: '', what: '' },
      async () => false,
      ok => (ok ? null : 'line 3'),
    )
    expect(kept.map(({ outcome, why }) => [outcome, why])).toEqual([
      ['refused', 'the last'],
      ['failed', 'no map'],
      ['failed', 'disk'],
      ['refused', 'line 3'],
    ])
  })

  it('waits for a store that is away, with the time of the deed, in order and not without end', async () => {
    const { trail, kept, log, world } = setup()
    world.away = true
    for (let i = 0; i < 203; i++) {
      world.now = i
      await trail.note(CALLER, { ...DRAIN, subject: String(i) }, async () => undefined)
    }
    world.away = false
    await trail.tick(millis(1_000))
    expect(kept.map(({ subject, at }) => [subject, at])).toEqual(
      Array.from({ length: 200 }, (_, i) => [String(i + 3), i + 3]),
    )
    expect(log).toHaveLength(3)
  })

  it('tells of the calls of one import together, and of two importers apart', async () => {
    const { trail, kept, world } = setup()
    const other = { ...CALLER, by: 'else@host' }
    for (let i = 0; i < 5; i++) await trail.noteImport(CALLER, 1_000, async () => undefined)
    await trail.noteImport(other, 7, async () => undefined)
    await expect(trail.noteImport(CALLER, 9, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
    await trail.tick(millis(world.now + 59_999))
    expect(kept.map(({ by, what }) => [by, what])).toEqual([
      ['ops@host', '1000 rows'],
      ['else@host', '7 rows'],
    ])
    await trail.tick(millis(world.now + 60_000))
    expect(kept.slice(2).map(({ what, outcome }) => [what, outcome])).toEqual([
      ['4000 more rows', 'done'],
      ['1 more calls', 'failed'],
    ])
    await trail.noteImport(CALLER, 5, async () => undefined)
    await trail.noteImport(CALLER, 6, async () => undefined)
    await trail.stop()
    expect(kept.slice(4).map(({ what }) => what)).toEqual(['5 rows', '6 more rows'])
  })

  it('keeps texts from outside on one line and short', async () => {
    const { trail, kept } = setup()
    await trail.note({ by: 'a\nb', from: '\u001b[2J' }, { ...DRAIN, subject: 'x'.repeat(9_999) }, async () => undefined)
    expect(kept[0]).toMatchObject({ by: 'a b', from: ' [2J' })
    expect(kept[0]!.subject).toHaveLength(300)
  })
})
