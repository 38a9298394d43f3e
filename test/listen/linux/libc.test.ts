import { createRequire } from 'node:module'
import koffi from 'koffi'
import { describe, expect, it } from 'vitest'
import { libcOf, loadLibc } from '../../../src/listen/linux/libc.ts'

const koffiHere = () => createRequire(import.meta.url)('koffi') as typeof import('koffi')
const missing = (): never => {
  throw new Error("Cannot find module 'koffi'")
}

describe('the C library is absent, with the reason,', () => {
  it.each([
    ['on another system', 'darwin', 'arm64', koffiHere, /for Linux, this is darwin/],
    ['on Windows', 'win32', 'x64', koffiHere, /for Linux, this is win32/],
    ['on a machine of 32 bits', 'linux', 'arm', koffiHere, /knows no arm$/],
    ['on one that writes high octets first', 'linux', 's390x', koffiHere, /knows no s390x/],
    ['without koffi', 'linux', 'x64', missing, /koffi cannot call the C library: Cannot find module 'koffi'/],
    ['without one of the calls', 'linux', 'x64', withoutRecvmmsg, /koffi cannot call the C library: .*recvmmsg/],
  ])('%s', (_case, platform, arch, load, reason) => {
    expect(libcOf(platform, arch, load)).toEqual({ kind: 'absent', reason: expect.stringMatching(reason) })
  })

  it('and koffi is not even looked for where it would not serve', () => {
    expect(libcOf('freebsd', 'x64', missing)).toMatchObject({ reason: expect.stringContaining('freebsd') })
  })
})

/** A C library from before recvmmsg. */
function withoutRecvmmsg(): typeof import('koffi') {
  const load: typeof koffi.load = () => {
    const library = koffi.load(null)
    const func = (prototype: string) => library.func(prototype.replace('recvmmsg', 'recvmmsg_that_is_not_there'))
    return { ...library, func } as unknown as ReturnType<typeof koffi.load>
  }
  return { ...koffi, load } as unknown as typeof import('koffi')
}

// Without it every test of batched UDP is skipped: where the product promises it, its lack must not go unnoticed.
it.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('it is there on Linux', () => {
  expect(loadLibc()).toMatchObject({ kind: 'loaded' })
})

describe.skipIf(loadLibc().kind === 'absent')('the C library', () => {
  const verdict = loadLibc()
  const libc = (verdict.kind === 'loaded' ? verdict.libc : null)!

  it('is looked for once', () => expect(loadLibc()).toBe(verdict))

  it('names errors, of the last call that failed', () => {
    expect(libc.close(-1)).toBe(-1)
    expect(libc.errorName(libc.errno())).toBe('EBADF')
    expect(libc.socket(9999, 1, 0)).toBe(-1)
    expect(libc.errorName(libc.errno())).toBe('EAFNOSUPPORT')
    expect(libc.errorName(99999)).toBe('error 99999')
  })

  it('knows interfaces by name', () => {
    expect(libc.interfaceIndex('lo')).toBeGreaterThan(0)
    expect(libc.interfaceIndex('none9')).toBe(0)
  })
})
