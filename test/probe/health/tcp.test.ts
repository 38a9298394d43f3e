import { afterEach, expect, it } from 'vitest'
import { attempt } from '../../../src/probe/health/attempt.ts'
import { familiesOf, faultOf } from '../../../src/probe/health/faults.ts'
import { tcpCheck } from '../../../src/probe/health/tcp.ts'
import { freePort } from '../../fixture/ports.ts'
import { until } from '../../fixture/until.ts'
import { Servers, V4, V6 } from './servers.ts'

const servers = new Servers()
afterEach(() => servers.close())

it('passes when a connection opens, says nothing, and closes it', async () => {
  let [opened, closed, heard] = [0, 0, 0]
  const port = await servers.raw(socket => {
    opened++
    socket.on('data', () => heard++)
    socket.once('end', () => closed++)
  })
  expect(await tcpCheck({ port })(V4, 1_000)).toMatchObject({ kind: 'pass' })
  await until('the connection to be closed', () => closed === 1)
  expect([opened, heard]).toEqual([1, 0])
})

it('over IPv6 too, each family by itself', async () => {
  const port = await servers.raw(() => undefined, V6)
  expect(await tcpCheck({ port })(V6, 1_000)).toMatchObject({ kind: 'pass' })
  expect(await tcpCheck({ port })(V4, 1_000)).toEqual({ kind: 'fail', cause: 'refused' })
})

it('is refused where nobody listens', async () => {
  expect(await tcpCheck({ port: await freePort() })(V4, 1_000)).toEqual({ kind: 'fail', cause: 'refused' })
})

it('times out in silence', async () => {
  const silent = attempt(4, 50, () => () => undefined)
  expect(await silent).toEqual({ kind: 'fail', cause: 'timeout' })
})

it('takes a reply that came in time, though this process was busy past the limit', async () => {
  const port = await servers.raw(() => undefined)
  const result = tcpCheck({ port })(V4, 50)
  // After the connection was asked for, before the loop can see it open.
  process.nextTick(() => {
    const end = performance.now() + 150
    while (performance.now() < end);
  })
  expect(await result).toMatchObject({ kind: 'pass' })
})

it('closes what it opened once, whatever is said afterwards', async () => {
  let closed = 0
  const result = await attempt(4, 1_000, outcome => {
    setImmediate(() => {
      outcome.fail('status')
      outcome.pass()
      outcome.error(new Error('late'))
    })
    return () => closed++
  })
  expect([result, closed]).toEqual([{ kind: 'fail', cause: 'status' }, 1])
})

it('a fault of this machine is no failure of the server', () => {
  const fault = (code: string) => faultOf(Object.assign(new Error(code), { code }), 4)
  for (const code of ['EMFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EPERM', 'EACCES'])
    expect(fault(code)).toEqual({ kind: 'unjudged', why: `the system refuses: ${code}` })
  expect(fault('ECONNREFUSED')).toEqual({ kind: 'fail', cause: 'refused' })
  expect(fault('ETIMEDOUT')).toEqual({ kind: 'fail', cause: 'timeout' })
  expect(fault('ECONNRESET')).toEqual({ kind: 'fail', cause: 'protocol' })
  expect(fault('')).toEqual({ kind: 'fail', cause: 'protocol' })
})

it('a machine without an address of a family says nothing of servers that it cannot reach by it', () => {
  const at = (address: string, family: 'IPv4' | 'IPv6', internal = false) => ({ address, family, internal }) as never
  expect([...familiesOf({ lo: [at('127.0.0.1', 'IPv4', true), at('::1', 'IPv6', true)] })]).toEqual([])
  expect([...familiesOf({ eth0: [at('192.0.2.1', 'IPv4'), at('fe80::1', 'IPv6')] })]).toEqual([4])
  expect([...familiesOf({ eth0: [at('169.254.1.1', 'IPv4'), at('2001:db8::1', 'IPv6')] })]).toEqual([6])
})
