/**
 * Registers of the BPF machine (RFC 9669 section 2): `result` of a call and of the program; `first`, `second`, `third` arguments of a call, which the call
 * spoils as it does `a` and `b`; `context` and `kept` outlive calls.
 */
export const R = { result: 0, first: 1, second: 2, third: 3, a: 4, b: 5, context: 6, kept: 7 } as const
export type Register = (typeof R)[keyof typeof R]

/** Octets of a load. */
export type Width = 1 | 2 | 4
export type Comparison = 'equal' | 'unequal' | 'above' | 'any bit of'

/*
 * An instruction, RFC 9669 section 3:   0 opcode(1)  1 source << 4 | destination(1)  2 offset(2)  4 immediate(4)     low octet first
 */
const OCTETS = 8
const LOAD: Readonly<Record<Width, number>> = { 1: 0x71, 2: 0x69, 4: 0x61 }
const LOAD_MAP = 0x18
/** Source of {@link LOAD_MAP}: the immediate is a file descriptor. */
const BY_DESCRIPTOR = 1
const MOVE_REGISTER = 0xbf
const MOVE_NUMBER = 0xb7
const ADD_REGISTER = 0x0f
const ADD_NUMBER = 0x07
const AND_NUMBER = 0x57
const TO_BIG_ENDIAN = 0xdc
const CALL = 0x85
const EXIT = 0x95
const JUMP = 0x05
/** Comparisons of 64 bits, with a number; `BY_REGISTER` more with a register, `OF_32_BITS` more of the lower halves alone. */
const COMPARE: Readonly<Record<Comparison, number>> = { equal: 0x15, unequal: 0x55, above: 0x25, 'any bit of': 0x45 }
const BY_REGISTER = 0x08
const OF_32_BITS = 0x01

interface Instruction {
  readonly opcode: number
  readonly to?: Register
  readonly from?: number
  readonly offset?: number
  readonly number?: number
  /** Where a jump goes, instead of `offset`. */
  readonly label?: string
}

/** Writes a BPF program instruction by instruction; jumps go to labels, which may come later, and only forward. */
export class Assembler {
  readonly #instructions: Instruction[] = []
  readonly #labels = new Map<string, number>()

  /** Here is where jumps to `name` go. */
  label(name: string): this {
    this.#labels.set(name, this.#instructions.length)
    return this
  }

  load(width: Width, to: Register, from: Register, offset: number): this {
    return this.#add({ opcode: LOAD[width], to, from, offset })
  }

  loadMap(to: Register, descriptor: number): this {
    this.#add({ opcode: LOAD_MAP, to, from: BY_DESCRIPTOR, number: descriptor })
    return this.#add({ opcode: 0 })
  }

  move(to: Register, from: Register): this {
    return this.#add({ opcode: MOVE_REGISTER, to, from })
  }

  set(to: Register, number: number): this {
    return this.#add({ opcode: MOVE_NUMBER, to, number })
  }

  add(to: Register, number: number): this {
    return this.#add({ opcode: ADD_NUMBER, to, number })
  }

  addRegister(to: Register, from: Register): this {
    return this.#add({ opcode: ADD_REGISTER, to, from })
  }

  and(to: Register, number: number): this {
    return this.#add({ opcode: AND_NUMBER, to, number })
  }

  /** The lower 16 bits, as they were loaded, become the number that they are in network order. */
  networkOrder(to: Register): this {
    return this.#add({ opcode: TO_BIG_ENDIAN, to, number: 16 })
  }

  /** Jumps when the lower 32 bits of the register compare so with `number`, unsigned. */
  jumpIf(register: Register, comparison: Comparison, number: number, label: string): this {
    return this.#add({ opcode: COMPARE[comparison] + OF_32_BITS, to: register, number, label })
  }

  /** Jumps when all 64 bits of the two compare so, unsigned. */
  jumpIfRegister(register: Register, comparison: Comparison, other: Register, label: string): this {
    return this.#add({ opcode: COMPARE[comparison] | BY_REGISTER, to: register, from: other, label })
  }

  jump(label: string): this {
    return this.#add({ opcode: JUMP, label })
  }

  call(helper: number): this {
    return this.#add({ opcode: CALL, number: helper })
  }

  exit(): this {
    return this.#add({ opcode: EXIT })
  }

  /** The program. Throws when a jump goes nowhere, backward or too far: a fault of who wrote it. */
  code(): Uint8Array {
    const view = new DataView(new ArrayBuffer(this.#instructions.length * OCTETS))
    for (const [i, { opcode, to = 0, from = 0, offset, number = 0, label }] of this.#instructions.entries()) {
      view.setUint8(i * OCTETS, opcode)
      view.setUint8(i * OCTETS + 1, (from << 4) | to)
      view.setInt16(i * OCTETS + 2, offset ?? (label === undefined ? 0 : this.#distance(i, label)), true)
      view.setUint32(i * OCTETS + 4, number, true)
    }
    return new Uint8Array(view.buffer)
  }

  #add(instruction: Instruction): this {
    this.#instructions.push(instruction)
    return this
  }

  /** From the instruction behind the jump. */
  #distance(from: number, label: string): number {
    const target = this.#labels.get(label)
    const distance = target === undefined ? -1 : target - from - 1
    if (distance < 0 || distance > 0x7fff) throw new Error(`no jump from ${from} to ${label}`)
    return distance
  }
}
