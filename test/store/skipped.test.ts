import { describe, expect, it } from 'vitest'
import { Skipped } from '../../src/store/skipped.ts'

describe('values that are left out', () => {
  let now = 0
  const log: string[] = []
  const open = () => {
    now = 0
    log.length = 0
    return new Skipped(
      (_, message) => log.push(message),
      () => now,
    )
  }

  it('are told of by the kind of key: one that is full of them hides no other', () => {
    const skipped = open()
    for (let i = 0; i < 5; i++) skipped.add(`kingcdn:rtt:192.0.${i}.0/24 icn`, 'its figures cannot be read')
    skipped.add('kingcdn:{fleet}:load:icn', 'its value cannot be read')
    skipped.add('kingcdn:{fleet}:plan', 'it is no plan')
    expect(log).toEqual([
      'store: skipped kingcdn:rtt:192.0.0.0/24 icn: its figures cannot be read',
      'store: skipped kingcdn:{fleet}:load:icn: its value cannot be read',
      'store: skipped kingcdn:{fleet}:plan: it is no plan',
    ])
    expect(skipped.count).toBe(7)
  })

  it('are told of again after a minute, with how many of the kind there were between', () => {
    const skipped = open()
    const add = (i: number) => skipped.add(`kingcdn:rtt:192.0.${i}.0/24`, 'its name holds no prefix')
    for (let i = 0; i < 4; i++) add(i)
    now = 59_999
    add(4)
    expect(log).toHaveLength(1)
    now = 60_000
    add(5)
    expect(log.slice(1)).toEqual([
      'store: skipped kingcdn:rtt:192.0.5.0/24: its name holds no prefix (and 4 more of kingcdn:rtt:<prefix>)',
    ])
  })

  it('make few lines, whatever names there are', () => {
    const skipped = open()
    for (let i = 0; i < 1000; i++) {
      skipped.add(`kingcdn:junk-${i}`, 'a key that does not belong here')
      skipped.add(`kingcdn:{fleet}:changes 17-${i}`, 'a change that cannot be read')
      skipped.add(`journal.jsonl:${i}`, 'the line is damaged', 2)
      skipped.add(`verdicts of m${i}`, 'no such verdict, or too many')
    }
    expect(log).toHaveLength(4)
    expect(log[2]).toBe('store: skipped journal.jsonl:0: the line is damaged (and 1 more of journal.jsonl)')
    expect(skipped.count).toBe(5000)
  })
})
