import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog, type EventLog } from '../../src/cli/log.ts'
import type { EventLogSettings } from '../../src/config/config.ts'

const TEXT: EventLogSettings = { level: 'info', format: 'text', repeats: 0 }
const HOSTILE = 'zone "\u001b[2J\u001b]0;x\u0007\r\u009b1m" is refused'

let shown = ''
let log: EventLog
beforeEach(() => {
  shown = ''
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    shown += String(text)
    return true
  })
})
afterEach(() => {
  log.close()
  vi.restoreAllMocks()
})

test('what would move the cursor of a terminal is shown, not sent; lines stay lines', () => {
  log = createLog(TEXT)
  log.write('warn', `${HOSTILE}\nand more`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are ours
  const plain = shown.replace(/\u001b\[\d+m/g, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  expect(plain).toContain('\\u001b[2J')
  expect(plain.split('\n')).toHaveLength(3)
})

test('a reload takes over the level from the next line on', () => {
  log = createLog(TEXT)
  log.write('debug', 'unseen')
  log.configure({ ...TEXT, level: 'debug' })
  log.write('debug', 'seen')
  log.configure({ ...TEXT, level: 'error' })
  log.write('warn', 'unseen')
  log.write('error', 'seen, too')
  expect(shown).toMatch(/debug.* seen\n.*error.* seen, too\n$/)
  expect(shown).not.toContain('unseen')
})

test('a reload takes over how often a line may come', () => {
  log = createLog({ ...TEXT, repeats: 1 })
  log.write('info', 'again')
  log.write('info', 'again')
  expect(shown.split('again')).toHaveLength(2)
  log.configure({ ...TEXT, repeats: 3 })
  log.write('info', 'again')
  expect(shown.split('again')).toHaveLength(3)
})

test('a reload takes over the format: text, then lines of JSON', () => {
  const program = `
    import { createLog } from '${new URL('../../dist/cli/log.js', import.meta.url)}'
    const log = createLog({ level: 'info', format: 'text', repeats: 0 })
    log.write('info', 'first')
    log.configure({ level: 'info', format: 'json', repeats: 0 })
    log.write('warn', 'second \\u001b[2J\\nline')
    log.configure({ level: 'info', format: 'text', repeats: 0 })
    log.write('info', 'third')
    log.close()`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const [first, second, third] = stderr.split('\n')
  expect([first, third].map(line => line?.split(' ').at(-1))).toEqual(['first', 'third'])
  expect(JSON.parse(second!)).toMatchObject({ level: 'warn', msg: 'second \u001b[2J\nline' })
})
