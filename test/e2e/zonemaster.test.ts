import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canOpenNetwork } from '../fixture/network.ts'
import { openSmallInternet, type SmallInternet } from '../fixture/small-internet.ts'
import { missing } from '../fixture/tools.ts'

/** Messages of level NOTICE and above that every zone gets, and why they may stand. */
const ACCEPTED: Readonly<Record<string, string>> = {
  NAMESERVER_IP_PRIVATE_NETWORK:
    'the network of the test has addresses that are reserved for documentation (RFC 5737, RFC 3849)',
  NEITHER_DNSKEY_NOR_DS: 'zones are not signed',
  NOT_SIGNED: 'zones are not signed',
}

// A server of its own for every level: one that has the root answers what zonemaster asks to tell a resolver from an authoritative server.
describe.skipIf(missing('zonemaster-cli', 'dig') || !canOpenNetwork())('zonemaster, from a root that we serve', () => {
  let internet: SmallInternet | undefined
  beforeAll(async () => {
    internet = await openSmallInternet('a level each')
  })
  afterAll(() => internet?.stop())

  it.each(['netcinema.example', 'kingcdn.example', 'example', '2.0.192.in-addr.arpa'])(
    '%s: nothing to say but what is accepted',
    async zone => {
      const options = ['--hints', internet!.hintsFile, '--level', 'NOTICE', '--raw', '--no-progress', zone]
      const { code, text } = await internet!.network.run('zonemaster-cli', options, 60_000)
      const lines = text.split('\n').filter(line => line.trim() !== '')
      const said = new Map(lines.map(line => [/^\s*\S+\s+\w+\s+(\w+)/.exec(line)?.[1] ?? line, line]))
      expect(code).toBe(0)
      expect([...said].filter(([tag]) => !(tag in ACCEPTED)).map(([, line]) => line)).toEqual([])
      expect(Object.keys(ACCEPTED).filter(tag => !said.has(tag))).toEqual([])
    },
    90_000,
  )
})
