import { describe, expect, it } from 'vitest'
import { createStore } from '../../src/store/create.ts'
import { parseStoreUrl } from '../../src/store/store-url.ts'
import { systemClock } from '../fixture/store.ts'

const NOBODY = { username: null, password: null, sentinelUsername: null, sentinelPassword: null }
const NO_FILES = { ca: null, cert: null, key: null }
const redis = (more: object) => ({
  kind: 'redis',
  mode: 'single',
  tls: false,
  master: '',
  db: 0,
  ...NOBODY,
  ...NO_FILES,
  ...more,
})

describe('store addresses', () => {
  it.each([
    ['memory', { kind: 'memory' }],
    ['redis://db', redis({ hosts: [{ host: 'db', port: 6379 }], label: 'redis://db:6379/0' })],
    [
      'redis://10.0.0.1:6380/3',
      redis({ hosts: [{ host: '10.0.0.1', port: 6380 }], db: 3, label: 'redis://10.0.0.1:6380/3' }),
    ],
    [
      'rediss://user:p%40ss%2F@[2001:db8::1]:7000',
      redis({
        hosts: [{ host: '2001:db8::1', port: 7000 }],
        tls: true,
        username: 'user',
        password: 'p@ss/',
        label: 'rediss://[2001:db8::1]:7000/0',
      }),
    ],
    [
      'redis://:secret@db',
      redis({ hosts: [{ host: 'db', port: 6379 }], password: 'secret', label: 'redis://db:6379/0' }),
    ],
    [
      'redis+sentinel://u:p@s1:26379,s2,[::1]:1/main/2?sentinelUsername=su&sentinelPassword=s%26p',
      redis({
        mode: 'sentinel',
        hosts: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26379 },
          { host: '::1', port: 1 },
        ],
        master: 'main',
        db: 2,
        username: 'u',
        password: 'p',
        sentinelUsername: 'su',
        sentinelPassword: 's&p',
        label: 'redis+sentinel://s1:26379,s2:26379,[::1]:1/main/2',
      }),
    ],
    [
      'rediss://db?ca=/etc/ca.pem&cert=/etc/c.pem&key=/etc/k.pem',
      redis({
        ...{ tls: true, hosts: [{ host: 'db', port: 6379 }], label: 'rediss://db:6379/0' },
        ...{ ca: '/etc/ca.pem', cert: '/etc/c.pem', key: '/etc/k.pem' },
      }),
    ],
    [
      'rediss+cluster://a:1,b:2',
      redis({
        mode: 'cluster',
        tls: true,
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        label: 'rediss+cluster://a:1,b:2',
      }),
    ],
  ])('%s', (url, address) => {
    expect(parseStoreUrl(url)).toEqual(address)
  })

  it.each([
    ['', 'it is no store address'],
    ['Memory', 'it is no store address'],
    ['http://db', 'it is no store address'],
    ['redis://', 'is not host:port'],
    ['redis://db:99999', 'is not host:port'],
    ['redis://db:port', 'is not host:port'],
    ['redis://a,b', 'several hosts need'],
    ['redis://db/one', 'number of a database'],
    ['redis://db/0/1', 'number of a database'],
    ['redis+sentinel://a:1', 'name of the master is missing'],
    ['redis+cluster://a/1', 'only database 0'],
    ['redis://db?ca=/etc/ca.pem', 'ca, cert and key are for TLS: rediss://'],
    ['rediss://db?ca=ca.pem', 'absolute paths'],
    ['rediss://db?cert=/etc/c.pem', 'cert and key go together'],
    ['redis://db?timeout=1', 'unknown parameter "timeout"'],
    ['redis://user:%zz@db', 'must be written %25'],
  ])('refuses %s and says what is legal', (url, reason) => {
    const address = parseStoreUrl(url)
    expect(address).toMatchObject({ kind: 'bad', reason: expect.stringContaining(reason) })
    expect(address).toMatchObject({ reason: expect.stringContaining('legal: memory, redis://') })
  })

  it('shows a password neither in a label nor in a refusal', () => {
    for (const url of [
      'redis://u:hunter2@db/x',
      'redis://u:hunter2@a,b',
      'redis+sentinel://:hunter2@a?sentinelPassword=hunter2',
    ])
      expect(JSON.stringify(parseStoreUrl(url))).not.toContain('hunter2')
    const options = { stateDir: '', clock: systemClock, log: () => undefined }
    expect(createStore('redis://u:hunter2@db', options).label).toBe('redis://db:6379/0')
    expect(() => createStore('redis://u:hunter2@db:x', options)).toThrow(/^store: (?!.*hunter2)/)
  })
})
