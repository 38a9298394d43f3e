/** A power of two; 64 KiB. */
const FINGERPRINTS = 32_768

/**
 * Lets in what comes a second time (the doorkeeper of TinyLFU: Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission
 * Policy"): of a flood of random names none does, so that it drives nothing out. One fingerprint of 16 bits for each place; a newcomer
 * overwrites, so what is asked less often than once in some 30,000 strangers stays outside while they come.
 */
export class Doorkeeper {
  readonly #fingerprints = new Uint16Array(FINGERPRINTS)

  /** True when the last hash that came to the same place was (but for one time in 65,536) the same. */
  knows(hash: number): boolean {
    const at = hash & (FINGERPRINTS - 1)
    const fingerprint = hash >>> 16
    if (this.#fingerprints[at] === fingerprint) return true
    this.#fingerprints[at] = fingerprint
    return false
  }
}
