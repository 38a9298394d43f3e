import { describe, expect, it } from 'vitest'
import { bindPatiently } from '../../../../src/listen/linux/xdp/attachment.ts'
import { XdpSocketError } from '../../../../src/listen/linux/xdp/socket.ts'

/** A bind that fails so many times, and counts its calls. */
function failing(times: number, code: string) {
  const bind = (): void => {
    if (++bind.calls <= times) throw new XdpSocketError('cannot bind', code)
  }
  bind.calls = 0
  return bind
}

describe('a queue that the kernel still holds', () => {
  it('is waited for', () => {
    const bind = failing(3, 'EBUSY')
    bindPatiently(bind)
    expect(bind.calls).toBe(4)
  })

  it('and for nothing else', () => {
    const bind = failing(1, 'EPERM')
    expect(() => bindPatiently(bind)).toThrow('cannot bind (EPERM)')
    expect(bind.calls).toBe(1)
  })
})
