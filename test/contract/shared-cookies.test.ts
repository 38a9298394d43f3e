import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Rcode } from '../../src/wire/constants.ts'
import { moved, openWorld } from '../answer/world.ts'
import { CLIENT_COOKIE, cookieOf, cookieOption, SECRET, withCookies } from '../fixture/cookies.ts'
import { exchange } from '../fixture/exchange.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { FOREIGN, type Foreign, type ForeignServer, startForeign } from './foreign/servers.ts'

// RFC 9018 is there for this: nameservers of several makes behind one anycast address, which know one secret, take each other's cookies.

const ZONE = '$ORIGIN example.com.\n$TTL 60\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n'

/** Each refuses clients without a good cookie where it can, so that its answer is its verdict. */
const SHARING: Readonly<Record<keyof typeof FOREIGN, (configuration: string) => string>> = {
  named: text =>
    text.replace(
      'recursion no;',
      `recursion no; cookie-algorithm siphash24; cookie-secret "${SECRET}"; require-server-cookie yes;`,
    ),
  nsd: text => text.replace('server:', `server:\n  answer-cookie: yes\n  cookie-secret: ${SECRET}`),
  knotd: text =>
    text
      .replace('template:', `mod-cookies:\n  - id: shared\n    secret: 0x${SECRET}\n    badcookie-slip: 1\ntemplate:`)
      .replace('  - id: default\n', '  - id: default\n    global-module: mod-cookies/shared\n'),
}

const sharing = (name: keyof typeof FOREIGN): Foreign => ({
  ...FOREIGN[name],
  configure: (...given) => SHARING[name](FOREIGN[name].configure(...given)),
})

/** Ours, which sees the same client at the same time. */
const ours = (ageSeconds = 0, secrets = [SECRET]) =>
  openWorld({ settings: withCookies({ secrets }), now: () => Date.now() - ageSeconds * 1000 })
const query = (cookie: string) =>
  buildQuery({ name: 'example.com', type: 6, edns: { options: [cookieOption(cookie)] } })
const from = '127.0.0.1'
const madeByOurs = (ageSeconds: number, secrets?: string[]) =>
  cookieOf(parseMessage(ours(ageSeconds, secrets).exchange(query(CLIENT_COOKIE), { from })))!

describe.each(Object.keys(FOREIGN) as (keyof typeof FOREIGN)[])('%s with the same secret', name => {
  const absent = missing(FOREIGN[name].program)
  let server: ForeignServer
  beforeAll(async () => {
    if (!absent) server = await startForeign(sharing(name), { zones: new Map([['example.com', ZONE]]) } as never)
  })
  afterAll(() => server?.stop())
  const asks = async (cookie: string) => parseMessage(await exchange('UDP', server.port, query(cookie)))

  it.skipIf(absent)('makes cookies that are good here', async () => {
    const theirs = cookieOf(await asks(CLIENT_COOKIE))!
    expect(theirs).toHaveLength(48)
    const world = ours()
    expect(moved(world, () => world.exchange(query(theirs), { from }))).toMatchObject({ cookiesGood: 1 })
    expect(moved(world, () => world.exchange(query(theirs), { from: '127.0.0.2' }))).toMatchObject({ cookiesBad: 1 })
    const stranger = ours(0, ['00'.repeat(16)])
    expect(moved(stranger, () => stranger.exchange(query(theirs), { from }))).toMatchObject({ cookiesBad: 1 })
  })

  it.skipIf(absent)('takes ours', async () => {
    const made = madeByOurs(60)
    const message = await asks(made)
    expect(message).toMatchObject({ rcode: 0, aa: true })
    expect(message.answer).toHaveLength(1)
    const forged = madeByOurs(60, ['00'.repeat(16)])
    const refused = await asks(forged)
    // NSD turns nobody away; it tells a good cookie by sending it back, and makes a new one for a bad one.
    if (name === 'nsd') expect([cookieOf(message), cookieOf(refused) === forged]).toEqual([made, false])
    else expect(refused).toMatchObject({ rcode: Rcode.BADCOOKIE, answer: [] })
  })
})
