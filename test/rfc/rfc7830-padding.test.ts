import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { withCookies } from '../fixture/cookies.ts'
import { ecsOption, type OptionSpec, type ParsedMessage, type QuerySpec } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { type Served, serve } from '../listen/server.ts'

const world = openWorld({ settings: withCookies() })
const tls = { transport: Transport.Tls }
const padding: OptionSpec = { code: 12, data: [0, 0, 0] }
/** RFC 8467 section 4.1. */
const BLOCK = 468

const padded = (spec: Omit<QuerySpec, 'edns'>, ...others: OptionSpec[]): ParsedMessage =>
  world.ask({ ...spec, edns: { options: [padding, ...others] } }, tls)

/** Octets of padding, all of which must be zero, behind every other option. */
function paddingOf(message: ParsedMessage): number {
  const { code, data } = message.opt!.options.at(-1)!
  expect(code).toBe(12)
  expect(data.every(octet => octet === 0)).toBe(true)
  return data.length
}

describe('RFC 7830 section 4, RFC 8467 section 4.1', () => {
  it.each([
    ['a static answer', { name: 'www.example.com' }, Rcode.NOERROR],
    ['an answer of a service', { name: 'a1105.cdn.example' }, Rcode.NOERROR],
    ['no such name', { name: 'nope.example.com' }, Rcode.NXDOMAIN],
    ['a referral', { name: 'www.big.example.com' }, Rcode.NOERROR],
    ['a long answer', { name: 'huge.example.com', type: RrType.TXT }, Rcode.NOERROR],
    ['not ours', { name: 'www.example.org' }, Rcode.REFUSED],
    ['an extended error with text', { name: 'www.broken.example' }, Rcode.SERVFAIL],
    ['a bad type', { name: 'example.com', type: RrType.TSIG }, Rcode.FORMERR],
  ])('%s is padded to a multiple of 468 octets with zeros', (_, spec, rcode) => {
    const message = padded(spec)
    expect(message.rcode).toBe(rcode)
    expect(message.bytes.length % BLOCK).toBe(0)
    expect(paddingOf(message)).toBeLessThan(BLOCK)
  })

  it('whatever other options there are', () => {
    const others = [
      { code: 3, data: [] },
      { code: 11, data: [] },
      ecsOption(1, 24, [126, 1, 2]),
      { code: 10, data: Array(8).fill(1) },
    ]
    for (let asked = 0; asked < 16; asked++) {
      const message = padded({ name: 'a1105.cdn.example' }, ...others.filter((_, i) => (asked >> i) & 1))
      expect(message.bytes.length).toBe(BLOCK)
      expect(paddingOf(message)).toBeGreaterThan(0)
    }
  })

  it('a malformed query too, where the wish could be read; without its question', () => {
    const message = padded({ name: 'www.example.com' }, ecsOption(3, 0, []))
    expect(message).toMatchObject({ rcode: Rcode.FORMERR, answer: [] })
    expect(message.bytes.length).toBe(BLOCK)
  })

  it('nothing of an earlier message shows through', () => {
    padded({ name: 'huge.example.com', type: RrType.TXT })
    expect(paddingOf(padded({ name: 'www.example.com' }))).toBeGreaterThan(100)
  })

  it('each length of message gives the shortest multiple that holds it', () => {
    const wide = (length: number) =>
      padded({ name: `${'x'.repeat(length)}.${'y'.repeat(63)}.${'z'.repeat(63)}.wild.example.com` })
    for (let length = 1; length <= 63; length++) {
      const message = wide(length)
      expect(message.bytes.length - paddingOf(message)).toBeGreaterThan(message.bytes.length - BLOCK)
      expect(message.bytes.length % BLOCK).toBe(0)
    }
  })

  it('never past the room there is: padded as far as that goes, and never cut for the padding', () => {
    const spec = { name: 'huge.example.com', type: RrType.TXT }
    const bare = world.ask({ ...spec, edns: {} }, tls).bytes.length
    const ask = (room: number) => world.ask({ ...spec, edns: { options: [padding] } }, { ...tls, room })
    const whole = Math.ceil((bare + 4) / BLOCK) * BLOCK
    for (let room = bare + 4; room <= whole + 3; room++) {
      const message = ask(room)
      expect(message).toMatchObject({ tc: false })
      expect(message.bytes.length).toBe(Math.min(room, whole))
      expect(message.answer).toHaveLength(1)
    }
    expect(ask(bare + 3)).toMatchObject({ tc: true, answer: [] })
  })
})

describe.skipIf(missing('kdig'))('as kdig sees it over TLS', () => {
  let served: Served
  const folder = mkdtempSync(join(tmpdir(), 'padding-'))
  beforeAll(async () => {
    const files = makeCertificate(folder, 'ns1.test')
    const [certificate, key] = [files.certificate, files.key].map(file => readFileSync(file, 'utf8')) as [
      string,
      string,
    ]
    served = await serve({ credentials: { certificate, key } })
  })
  afterAll(async () => {
    await served.close()
    rmSync(folder, { recursive: true })
  })

  it('takes it, padded, with the idle time of the connection', async () => {
    const args = ['@127.0.0.1', '-p', String(served.tls!.address.port), '+tls', '+padding', '+edns', '+ednsopt=11']
    const { stdout } = await promisify(execFile)('kdig', [...args, 'www.example.com', 'A'])
    expect(stdout).toMatch(/status: NOERROR/)
    expect(stdout).toMatch(/;; PADDING: \d+ B/)
    expect(stdout).toMatch(/;; Received 468 B/)
    expect(stdout).toContain('192.0.2.80')
    expect(stdout).not.toMatch(/WARNING|malformed/i)
    expect(stdout).toContain('Option (11): 0064')
  })
})

describe('where there is no padding', () => {
  it('RFC 7830 section 6: over UDP and TCP, which everybody can read anyway', () => {
    for (const transport of [Transport.Udp, Transport.Tcp]) {
      const message = world.ask({ name: 'www.example.com', edns: { options: [padding] } }, { transport })
      expect(message).toMatchObject({ rcode: 0, opt: { options: [] } })
    }
  })

  it('for who does not ask', () => {
    expect(world.ask({ name: 'www.example.com', edns: {} }, tls)).toMatchObject({ rcode: 0, opt: { options: [] } })
    expect(world.ask({ name: 'www.example.com' }, tls)).toMatchObject({ rcode: 0, opt: null })
  })
})
