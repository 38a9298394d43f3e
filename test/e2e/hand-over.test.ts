import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { buildQuery } from '../fixture/message.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { QueryStream } from '../fixture/query-stream.ts'
import { until } from '../fixture/until.ts'

const run = promisify(execFile)
const NAME = 'a1105.kingcdn.com'

/** One query on a connection of its own; the octets of the reply behind the id. */
async function askOverTcp(port: number): Promise<string> {
  const query = buildQuery({ name: NAME, type: 1, id: 7 })
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]))
  const whole = () => {
    const read = Buffer.concat(chunks)
    return read.length >= 2 && read.length >= 2 + read.readUInt16BE(0)
  }
  while (!whole())
    await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => Promise.reject(new Error('closed')))])
  socket.destroy()
  return Buffer.concat(chunks).subarray(4).toString('hex')
}

describe.skipIf(loadLibc().kind === 'absent')('a nameserver that is upgraded', () => {
  let server: Nameserver | undefined
  let successor = 0
  const lockHolder = () => Number(readFileSync(join(server!.folder, 'var/lock'), 'utf8').split(' ')[0])
  const upgrade = () => run(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), 'upgrade', '-c', server!.configFile])

  afterEach(async () => {
    const last = successor
    successor = 0
    if (last > 0) {
      process.kill(last, 'SIGKILL')
      await until('its end', () => !existsSync(`/proc/${last}`))
    }
    await discard(server)
  })

  const start = async () => {
    server = await startNameserver()
    await until('the whole map', async () => !(await server!.status()).snapshot.coarse, 30_000)
    return server
  }

  it('gives its place to the next without a query lost or answered otherwise, and keeps what it knew', async () => {
    const { dnsPort, post, process: old } = await start()
    expect((await post('/v1/clusters/icn-kt/drain', { reason: 'before' })).status).toBe(200)
    await until(
      'the drain',
      async () => (await server!.status()).clusters.find(({ id }) => id === 'icn-kt')!.drain !== null,
    )
    const ended = once(old, 'exit')
    const stream = new QueryStream(dnsPort, NAME, 300)
    const overTcp: string[] = []
    const ready: number[] = []
    let going = true
    const asking = [
      (async () => {
        while (going) overTcp.push(await askOverTcp(dnsPort).catch((error: Error) => error.message))
      })(),
      (async () => {
        while (going) {
          ready.push(
            await fetch(`${server!.url}/readyz`, { headers: { connection: 'close' } }).then(
              r => r.status,
              () => 0,
            ),
          )
          await new Promise(resolve => setTimeout(resolve, 20))
        }
      })(),
      (async () => {
        while (going) await stream.run(100)
      })(),
    ]
    const { stdout } = await upgrade()
    successor = Number(/^process (\d+) answers now\n$/.exec(stdout)![1])
    const [code] = await ended
    going = false
    await Promise.all(asking)
    const { sent, lost, changed } = await stream.stop()
    expect(code).toBe(0)
    expect(successor).not.toBe(old.pid)
    expect(lockHolder()).toBe(successor)
    expect(sent).toBeGreaterThan(200)
    expect(overTcp.length).toBeGreaterThan(50)
    expect({ lost, changed }).toEqual({ lost: 0, changed: 0 })
    expect([...new Set(overTcp)]).toHaveLength(1)
    expect([...new Set(ready)]).toEqual([200])
    const status = await server!.status()
    expect(status.phase).toBe('serving')
    expect(status.clusters.find(({ id }) => id === 'icn-kt')!.drain).toMatchObject({ reason: 'before' })
    expect((await post('/v1/clusters/icn-kt/restore', {})).status).toBe(200)
    // And once more, from the one that came.
    const again = Number(/^process (\d+) /.exec((await upgrade()).stdout)![1])
    const former = successor
    successor = again
    expect(lockHolder()).toBe(again)
    await until('the end of the second', () => !existsSync(`/proc/${former}`))
  }, 60_000)

  it('serves on, and writes its state again, when the next one does not come to answer', async () => {
    const { configFile, post, process: old, output } = await start()
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const config = parse(readFileSync(configFile, 'utf8')) as { listen: { http: string } }
    const { http } = config.listen
    config.listen.http = `127.0.0.1:${(holder.address() as { port: number }).port}`
    writeFileSync(configFile, stringify(config))
    await expect(upgrade()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^kingcdn: process \d+ ended before it answered: see the log; process \d+ serves on\n$/,
      ),
    })
    expect(output()).toMatch(/cannot listen on http 127\.0\.0\.1:\d+ \(EADDRINUSE\)/)
    expect(lockHolder()).toBe(old.pid)
    expect((await server!.dig(NAME, 'A')).answer.length).toBeGreaterThan(0)
    await until('the store', async () => (await server!.status()).store.up)
    expect((await post('/v1/clusters/icn-kt/drain', { reason: 'after' })).status).toBe(200)
    holder.close()
    config.listen.http = http
    writeFileSync(configFile, stringify(config))
    expect((await post('/v1/reload', {})).status).toBe(200)
    successor = Number(/^process (\d+) /.exec((await upgrade()).stdout)![1])
    expect((await server!.status()).clusters.find(({ id }) => id === 'icn-kt')!.drain).toMatchObject({
      reason: 'after',
    })
  }, 60_000)

  it('in mid hand-over either may be killed: the other serves on with all that was taken, and the folder is whole', async () => {
    const { configFile, dnsPort, httpPort, folder, post, process: old } = await start()
    const drain = (reason: string) => post('/v1/clusters/icn-kt/drain', { reason })
    const drained = async () =>
      (await server!.status()).clusters.find(({ id }) => id === 'icn-kt')!.drain?.reason ?? 'none'
    /** The process that has just been given the folder, and does not answer yet. */
    const newcomer = async () => {
      await until('the folder to be given', () => lockHolder() !== old.pid, 20_000, 1)
      return lockHolder()
    }
    expect((await drain('first')).status).toBe(200)
    const failed = upgrade().catch((error: { stderr: string }) => error.stderr)
    const killed = await newcomer()
    successor = killed
    process.kill(killed, 'SIGSTOP')
    expect((await server!.dig(NAME, 'A')).answer.length).toBeGreaterThan(0)
    expect((await drain('to nobody')).status).toBe(503)
    process.kill(killed, 'SIGKILL')
    successor = 0
    expect(await failed).toBe(
      `kingcdn: process ${killed} ended before it answered: see the log; process ${old.pid} serves on\n`,
    )
    expect(lockHolder()).toBe(old.pid)
    await until('the store', async () => (await server!.status()).store.up)
    expect(await drained()).toBe('first')
    expect((await drain('second')).status).toBe(200)

    const orphaned = upgrade().catch((error: { stderr: string }) => error.stderr)
    successor = await newcomer()
    await server!.kill('SIGKILL')
    expect(await orphaned).toBe(
      `kingcdn: the nameserver ended meanwhile; process ${successor}, its successor, may serve: see its log and kingcdn status\n`,
    )
    await until('the one that was left', () =>
      fetch(`${server!.url}/readyz`).then(
        reply => reply.ok,
        () => false,
      ),
    )
    expect([lockHolder(), await drained()]).toEqual([successor, 'second'])
    expect((await drain('third')).status).toBe(200)

    process.kill(successor, 'SIGKILL')
    successor = 0
    server = await startNameserver({ folder, dnsPort, httpPort })
    expect([server.configFile, await drained()]).toEqual([configFile, 'third'])
    for (const file of ['plan.json', 'last-good.json']) JSON.parse(readFileSync(join(folder, 'var', file), 'utf8'))
  }, 60_000)

  it('a second process is refused without the word for it, and with it where UDP cannot be shared', async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { udp: { transport: 'dgram' } }) })
    const second = (...args: string[]) =>
      run(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), 'serve', '-c', server!.configFile, ...args])
    await expect(second()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') })
    const refusal = 'cannot take over: udp.transport: dgram shares no port; stop it and start the other\n'
    await expect(second('--take-over')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(refusal) })
    await expect(upgrade()).rejects.toMatchObject({ stderr: expect.stringContaining('dgram shares no port') })
    expect((await server.dig(NAME, 'A')).answer.length).toBeGreaterThan(0)
  }, 60_000)

  it('where nobody serves, --take-over is an ordinary start', async () => {
    server = await startNameserver({ args: ['--take-over'], dnsPort: await freePort() })
    expect(lockHolder()).toBe(server.process.pid)
    expect(await server.stop()).toBe(0)
    await expect(upgrade()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is `kingcdn serve` running'),
    })
  }, 60_000)
})
