import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { buildQuery, ecsOption, parseMessage } from '../fixture/message.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { overTcp, overUdp } from '../fixture/raw-exchange.ts'
import { missing } from '../fixture/tools.ts'
import { OPT, SIZED_ORIGIN, sized, sizedRecords, sizedRrset, sizedZone } from '../rfc/sized-zone.ts'

const LENGTHS = [511, 512, 513, 512 - OPT, 513 - OPT, 1232 - OPT, 1233 - OPT, 4096 - OPT, 4097 - OPT]
const WIDE = 30_000
const LIMITS = [512, 1232, 4096] as const

let folder = ''
const servers = new Map<number, Nameserver>()
const at = (maxPayload: number): Nameserver => servers.get(maxPayload)!

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sizes-'))
  const file = join(folder, 'size.test.zone')
  const records = [sizedRecords(LENGTHS), sizedRrset('wide', WIDE), sizedRrset('whole', 65_535)]
  writeFileSync(file, sizedZone(records.join('\n')))
  await Promise.all(
    LIMITS.map(async maxPayload => {
      const server = await startNameserver({
        edit: config => {
          config.zones = [...(config.zones as object[]), { file }]
          // 1232 is the default.
          if (maxPayload !== 1232) config.udp = { maxPayload }
        },
      })
      servers.set(maxPayload, server)
    }),
  )
}, 90_000)
afterAll(async () => {
  for (const server of servers.values()) await discard(server)
  rmSync(folder, { recursive: true, force: true })
})

describe('the running program, over UDP: answers at the limit and one octet over it', () => {
  const ask = async (server: Nameserver, label: string, payload: number | null, over = overUdp) => {
    const edns = payload === null ? (false as const) : { payload }
    const name = `${label}.${SIZED_ORIGIN}`
    return parseMessage(await over(server.dnsPort, buildQuery({ name, type: RrType.TXT, edns })))
  }

  it.each(LIMITS)('udp.maxPayload %i', async maxPayload => {
    const server = at(maxPayload)
    for (const [payload, limit] of [
      [0, 512],
      [512, 512],
      [1232, Math.min(1232, maxPayload)],
      [65_535, maxPayload],
    ] as const) {
      const full = await ask(server, sized(limit - OPT), payload)
      expect([full.bytes.length, full.tc, full.answer.length, full.opt!.payload]).toEqual([limit, false, 1, maxPayload])
      const over = await ask(server, sized(limit - OPT + 1), payload)
      expect(over).toMatchObject({ tc: true, aa: true, answer: [], opt: { payload: maxPayload, version: 0 } })
    }
    expect((await ask(server, sized(512), null)).bytes.length).toBe(512)
    expect(await ask(server, sized(513), null)).toMatchObject({ tc: true, answer: [], opt: null })
  })

  it('over TCP up to 65,535 octets, never TC', async () => {
    for (const server of servers.values()) {
      const whole = await ask(server, 'whole', null, overTcp)
      expect([whole.bytes.length, whole.tc]).toEqual([65_535, false])
      const wide = await ask(server, 'wide', 512, overTcp)
      expect([wide.bytes.length, wide.tc]).toEqual([WIDE + OPT, false])
    }
  })

  it('a truncated reply keeps question and ECS option', async () => {
    const options = [ecsOption(1, 24, [1, 2, 3])]
    const query = buildQuery({ name: `wide.${SIZED_ORIGIN}`, type: RrType.TXT, edns: { options } })
    const message = parseMessage(await overUdp(at(1232).dnsPort, query))
    expect(message).toMatchObject({ tc: true, question: { name: `wide.${SIZED_ORIGIN}.`, type: RrType.TXT } })
    expect(message.opt!.options.map(({ data }) => [...data])).toEqual([[0, 1, 24, 0, 1, 2, 3]])
  })
})

describe.skipIf(missing('dig'))('dig', () => {
  it('is told TC, comes again over TCP by itself and gets the whole RRset', async () => {
    const server = at(1232)
    const count = async () => {
      const { workers } = await server.status()
      const sum = (key: 'queriesUdp' | 'queriesTcp' | 'truncated') =>
        workers.reduce((total, worker) => total + (worker.counters?.scalars[key] ?? 0), 0)
      return [sum('queriesUdp'), sum('queriesTcp'), sum('truncated')] as const
    }
    const ignoring = await server.dig(`wide.${SIZED_ORIGIN}`, 'TXT', '+ignore')
    expect([ignoring.flags.includes('tc'), ignoring.answer.length]).toEqual([true, 0])
    const before = await count()
    const reply = await server.dig(`wide.${SIZED_ORIGIN}`, 'TXT', '+subnet=1.2.3.0/24')
    const after = await count()
    expect(after.map((sum, i) => sum - before[i]!)).toEqual([1, 1, 1])
    expect(reply.flags).not.toContain('tc')
    expect(reply.text).toContain('Truncated, retrying in TCP mode')
    expect(reply.subnet).toBe('1.2.3.0/24/0')
    const octets = reply.answer.reduce((sum, line) => sum + [...line.matchAll(/x/g)].length, 0)
    expect(reply.answer.length).toBeGreaterThan(25)
    expect(octets).toBeGreaterThan(WIDE * 0.9)
  })

  it.each(['+bufsize=512', '+noedns', '+bufsize=4096'])('%s', async size => {
    const server = at(4096)
    const fits = size === '+bufsize=4096'
    const reply = await server.dig(`${sized(1232 - OPT)}.${SIZED_ORIGIN}`, 'TXT', '+ignore', size)
    expect([reply.flags.includes('tc'), reply.answer.length]).toEqual([!fits, fits ? 1 : 0])
  })
})
