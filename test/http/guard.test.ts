import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { checkHost, type Door, isLoopback, judgeToken, neededTokens, type Tokens } from '../../src/http/guard.ts'
import { postJson, sendRaw, startApi } from '../fixture/http.ts'

const door = (host: string, names: string[] = [], tokens: Partial<Tokens> = {}): Door => ({
  host,
  tokens: () => ({ change: null, read: null, ...tokens }),
  names: () => names,
})

/** GET with a Host header of one's own; fetch does not allow that. */
function getAs(port: number, headers: Record<string, string>, path = '/v1/status', method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    call.on('error', reject)
    call.end()
  })
}

describe('Host', () => {
  const accepted = (host: string | undefined, at: Door) => {
    try {
      checkHost(host === undefined ? {} : { host }, at)
      return true
    } catch {
      return false
    }
  }

  test.each(['127.0.0.1', '127.0.0.1:9153', 'localhost', 'LOCALHOST:1', 'localhost.', '[::1]:9153', '127.9.9.9'])(
    '%s is always this machine',
    host => expect(accepted(host, door('10.0.0.5'))).toBe(true),
  )

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'xn--e1a4c:9153', '10.0.0.6'])(
    '%s is foreign to 10.0.0.5',
    host => expect(accepted(host, door('10.0.0.5', ['ns1']))).toBe(false),
  )

  test.each([undefined, '', ' ', 'a b', 'a:b:c', '[::1', 'a@b', 'a/b', 'x'.repeat(400), '127.0.0.1:999999'])(
    '%j is malformed',
    host => expect(accepted(host, door('10.0.0.5'))).toBe(false),
  )

  test('the listen address and configured names are legal', () => {
    expect(accepted('10.0.0.5:9153', door('10.0.0.5'))).toBe(true)
    expect(accepted('[2001:DB8::5]:9153', door('2001:db8:0::5'))).toBe(true)
    expect(accepted('NS1:9153', door('10.0.0.5', ['ns1']))).toBe(true)
    expect(accepted('ns1.kingcdn.com', door('10.0.0.5', ['ns1.kingcdn.com.']))).toBe(true)
  })

  test('a server that listens everywhere takes any literal address, and still no foreign name', () => {
    for (const everywhere of ['0.0.0.0', '::']) {
      expect(accepted('192.0.2.7:9153', door(everywhere))).toBe(true)
      expect(accepted('[2001:db8::7]', door(everywhere))).toBe(true)
      expect(accepted('evil.example', door(everywhere))).toBe(false)
    }
  })

  test('a foreign Host is 403 on every path, reading ones too', async () => {
    const { port } = await startApi({ names: ['router.kingcdn.com'] })
    for (const path of ['/', '/metrics', '/v1/status', '/livez', '/nowhere'])
      expect(await getAs(port, { host: 'evil.example' }, path)).toBe(403)
    expect(await getAs(port, { host: 'router.kingcdn.com' })).toBe(200)
    expect(await getAs(port, { host: 'ns1:9153' }), "the node's own name").toBe(200)
  })

  test('the absolute form of the target does not get around it', async () => {
    const { port } = await startApi()
    const answer = await sendRaw(
      port,
      `GET http://evil.example/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('HTTP/1.0 without Host is refused', async () => {
    const { port } = await startApi()
    expect(await sendRaw(port, 'GET /v1/status HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('Origin', () => {
  test('only our own console may call from a browser', async () => {
    const { port, url } = await startApi()
    const host = `127.0.0.1:${port}`
    expect(await getAs(port, { host, origin: `http://${host}` })).toBe(200)
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port + 1}`, `http://${host}/x`, ''])
      expect(await getAs(port, { host, origin }), origin).toBe(403)
    const { status, body } = await postJson(`${url}/v1/reload`, {}, { origin: 'https://evil.example' })
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'foreign-origin' })
  })
})

describe('token', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost'])('%s is loopback', host => {
    expect(isLoopback(host)).toBe(true)
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::2', 'example.org', ''])('%s is not loopback', host => {
    expect(isLoopback(host)).toBe(false)
  })

  const judge = (authorization: string | undefined, ...legal: string[]) =>
    judgeToken(authorization === undefined ? {} : { authorization }, legal).kind

  test('loopback without a token asks for none, another address lets nobody change anything', () => {
    expect(neededTokens(true, door('127.0.0.1'))).toBe(null)
    expect(() => neededTokens(true, door('0.0.0.0'))).toThrow(/need a token/)
    expect(neededTokens(false, door('0.0.0.0'))).toBe(null)
  })

  test('a configured token is asked for, on loopback too; one that could not be read lets nobody in', () => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      expect(neededTokens(true, door(host, [], { change: ['a'] }))).toEqual(['a'])
      expect(neededTokens(true, door(host, [], { change: [] }))).toEqual([])
    }
  })

  test('reading takes both kinds where it takes any, changing only its own', () => {
    const both = door('127.0.0.1', [], { change: ['a'], read: ['b'] })
    expect(neededTokens(false, both)).toEqual(['b', 'a'])
    expect(neededTokens(true, both)).toEqual(['a'])
    expect(neededTokens(false, door('127.0.0.1', [], { change: ['a'] }))).toBe(null)
    expect(neededTokens(false, door('127.0.0.1', [], { read: [] }))).toEqual([])
  })

  test.each(['Bearer tok', 'Bearer tok-en2', 'Bearer tok-eN', 'Bearer old '])('%j is wrong', header => {
    expect(judge(header, 'tok-en')).toBe('wrong')
    expect(judge(header)).toBe('wrong')
  })

  test.each([undefined, 'tok-en', 'Basic tok-en', 'Bearer', 'Bearer  ', 'Bearer a b'])('%j is none', header => {
    expect(judge(header, 'tok-en')).toBe('none')
  })

  test('each of several is good', () => {
    for (const header of ['Bearer old', 'bearer new', 'Bearer  new '])
      expect(judge(header, 'old', 'new'), header).toBe('good')
  })

  test('changing calls are guarded, reading ones are not; 401 names the scheme', async () => {
    const { url, calls } = await startApi({
      tokens: () => ({ change: ['s3cret'], read: null }),
      listen: { address: '0.0.0.0', port: 0 },
    })
    const changing = ['/v1/reload', '/v1/rtt', '/v1/clusters/a/drain', '/v1/clusters/a/restore', '/v1/clusters/a/load']
    for (const path of [...changing, '/v1/clusters/a/servers/b/load']) {
      const { status, headers } = await postJson(`${url}${path}`, {})
      expect({ path, status }).toEqual({ path, status: 401 })
      expect(headers.get('www-authenticate')).toBe('Bearer realm="kingcdn"')
    }
    expect(calls).toEqual([])
    expect((await fetch(`${url}/v1/status`)).status).toBe(200)
    expect((await postJson(`${url}/v1/reload`, {}, { authorization: 'Bearer s3cret' })).status).toBe(200)
  })
})
