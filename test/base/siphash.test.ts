import { describe, expect, it } from 'vitest'
import { parseSipKey, type SipKey, sipHash24 } from '../../src/base/siphash.ts'
import { Dice } from '../fixture/mutate.ts'

const hash = new Uint32Array(2)
const hashed = (key: SipKey, bytes: Uint8Array, length = bytes.length): string => {
  sipHash24(key, bytes, length, hash)
  return Buffer.from(hash.buffer.slice(0)).toString('hex')
}
const upTo = (count: number) => Uint8Array.from({ length: count }, (_, i) => i)

/** Of the authors' reference program (vectors.h, vectors_sip64): message i is the octets 0 to i - 1, the key the octets 0 to 15. */
const VECTORS = `
  310e0edd47db6f72 fd67dc93c539f874 5a4fa9d909806c0d 2d7efbd796666785 b7877127e09427cf 8da699cd64557618 cee3fe586e46c9cb
  37d1018bf50002ab 6224939a79f5f593 b0e4a90bdf82009e f3b9dd94c5bb5d7a a7ad6b22462fb3f4 fbe50e86bc8f1e75 903d84c02756ea14
  eef27a8e90ca23f7 e545be4961ca29a1 db9bc2577fcc2a3f 9447be2cf5e99a69 9cd38d96f0b3c14b bd6179a71dc96dbb 98eea21af25cd6be
  c7673b2eb0cbf2d0 883ea3e395675393 c8ce5ccd8c030ca8 94af49f6c650adb8 eab8858ade92e1bc f315bb5bb835d817 adcf6b0763612e2f
  a5c91da7acaa4dde 716595876650a2a6 28ef495c53a387ad 42c341d8fa92d832 ce7cf2722f512771 e37859f94623f3a7 381205bb1ab0e012
  ae97a10fd434e015 b4a31508beff4d31 81396229f0907902 4d0cf49ee5d4dcca 5c73336a76d8bf9a d0a704536ba93e0e 925958fcd6420cad
  a915c29bc8067318 952b79f3bc0aa6d4 f21df2e41d4535f9 87577519048f53a9 10a56cf5dfcd9adb eb75095ccd986cd0 51a9cb9ecba312e6
  96afadfc2ce666c7 72fe52975a4364ee 5a1645b276d592a1 b274cb8ebf87870a 6f9bb4203de7b381 eaecb2a30b22a87f 9924a43cc1315724
  bd838d3aafbf8db7 0b1a2a3265d51aea 135079a3231ce660 932b2846e4d70666 e1915f5cb1eca46c f325965ca16d629f 575ff28e60381be5
  724506eb4c328a95
`
  .trim()
  .split(/\s+/)

/** The paper's definition written with whole 64-bit numbers. */
function reference(key: Uint8Array, message: Uint8Array): string {
  const mask = (1n << 64n) - 1n
  const turn = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask
  const word = (bytes: Uint8Array, at: number) =>
    [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, i) => sum | (BigInt(bytes[at + i]!) << BigInt(8 * i)), 0n)
  const [k0, k1] = [word(key, 0), word(key, 8)]
  let [a, b, c, d] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ]
  const round = () => {
    a = (a + b) & mask
    c = (c + d) & mask
    b = turn(b, 13n) ^ a
    d = turn(d, 16n) ^ c
    a = turn(a, 32n)
    c = (c + b) & mask
    a = (a + d) & mask
    b = turn(b, 17n) ^ c
    d = turn(d, 21n) ^ a
    c = turn(c, 32n)
  }
  const padded = new Uint8Array((message.length & ~7) + 8)
  padded.set(message)
  padded[padded.length - 1] = message.length & 255
  for (let at = 0; at < padded.length; at += 8) {
    const m = word(padded, at)
    d ^= m
    round()
    round()
    a ^= m
  }
  c ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  const octets = Buffer.alloc(8)
  octets.writeBigUInt64LE(a ^ b ^ c ^ d)
  return octets.toString('hex')
}

describe('sipHash24', () => {
  it("agrees with the authors' vectors, all 64", () => {
    const key = parseSipKey('000102030405060708090a0b0c0d0e0f')!
    expect(VECTORS).toHaveLength(64)
    for (let i = 0; i < 64; i++) expect(hashed(key, upTo(i)), `${i} octets`).toBe(VECTORS[i])
  })

  it('agrees with the definition on other keys and messages', () => {
    const dice = new Dice(5)
    for (let i = 0; i < 3000; i++) {
      const key = Uint8Array.from(dice.octets(16))
      // Many octets of 255 make many carries.
      const message = Uint8Array.from(dice.octets(dice.below(70)), octet => (octet & 1 ? 255 : octet))
      expect(hashed(parseSipKey(Buffer.from(key).toString('hex'))!, message)).toBe(reference(key, message))
    }
  })

  it('takes as many octets as it is told', () => {
    const key = parseSipKey('0f'.repeat(16))!
    expect(hashed(key, upTo(60), 20)).toBe(hashed(key, upTo(20)))
  })
})

describe('parseSipKey', () => {
  it('takes 32 hexadecimal digits of either case', () => {
    expect([...parseSipKey('00112233445566778899aAbBcCdDeEfF')!]).toEqual([
      0x33221100, 0x77665544, 0xbbaa9988, 0xffeeddcc,
    ])
  })

  it.each(['', '00', 'g'.repeat(32), '0'.repeat(31), '0'.repeat(33), ` ${'0'.repeat(31)}`])('not %j', text => {
    expect(parseSipKey(text)).toBeNull()
  })
})
