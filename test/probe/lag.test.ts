import { createSocket } from 'node:dgram'
import { expect, it } from 'vitest'
import { LagWatch } from '../../src/probe/lag.ts'

const work = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
}
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

it('sees that a datagram waited while the loop was busy', async () => {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  await sleep(20)
  const lag = new LagWatch()
  const heard = new Promise<number>(resolve => socket.once('message', () => resolve(lag.mark())))
  // Once it is sent the datagram lies there, and waits behind this.
  socket.send('x', socket.address().port, '127.0.0.1', () => work(30))
  expect(await heard).toBeGreaterThan(20)
  socket.close()
})

it('counts what was worked before a mark that no sleep followed', async () => {
  await sleep(20)
  const lag = new LagWatch()
  work(15)
  lag.mark()
  work(15)
  expect(lag.mark()).toBeGreaterThan(20)
})

it('forgets it once the loop has slept', async () => {
  const lag = new LagWatch()
  work(400)
  lag.mark()
  await sleep(30)
  // A busy machine may add to the sleep, but not what was worked before.
  expect(lag.mark()).toBeLessThan(400)
})
