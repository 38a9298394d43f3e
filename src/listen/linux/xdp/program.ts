import { type AddressBytes, familyOf } from '../../../base/ip.ts'
import { Assembler, R } from './assembler.ts'

/** What the program is told of the interface that it runs on, and of where is listened. */
export interface ProgramOptions {
  /** File descriptor of the XSKMAP, receive queue -> AF_XDP socket. */
  readonly map: number
  /** The interface's own Ethernet address, 6 octets. */
  readonly mac: Uint8Array
  /** Frames longer than this do not fit, octets. */
  readonly longestFrame: number
  readonly endpoints: readonly ProgramEndpoint[]
  /** What becomes of a frame to take where no socket stands at the queue; XDP_PASS when left out. For tests, which cannot tell it apart else. */
  readonly unserved?: number
}

export interface ProgramEndpoint {
  readonly address: AddressBytes
  readonly port: number
}

/** struct xdp_md, linux/bpf.h. */
const DATA = 0
const DATA_END = 4
const QUEUE = 16

const XDP_PASS = 2
const REDIRECT_MAP = 51

const ETHERNET = 14
const IPV4 = ETHERNET + 20
const IPV6 = ETHERNET + 40
const UDP = 8
const PROTOCOL_UDP = 17

/**
 * The program that the kernel runs on every frame the interface receives:
 *
 *   a whole unicast frame to our Ethernet address, not longer than what fits?
 *   IPv4 without options, no fragment, or IPv6 without extension headers; from an address that one can answer to?
 *   UDP, to an address and port that is listened on?
 *   then: to the AF_XDP socket of this receive queue; when there is none: pass
 *   else: pass
 *
 * "Pass" is the kernel's ordinary way, to the ordinary sockets: nothing is ever dropped here. Lengths and checksums inside are for who reads the
 * frame; here is read what tells whose it is. Numbers of the frame are compared as they lie, in network order.
 */
export function redirectProgram({
  map,
  mac,
  longestFrame,
  endpoints,
  unserved = XDP_PASS,
}: ProgramOptions): Uint8Array {
  const { result, first, second, third, a, b, context } = R
  const frame = second
  const end = third
  const asm = new Assembler().move(context, first).load(4, frame, context, DATA).load(4, end, context, DATA_END)
  hasOctets(asm, IPV4 + UDP)
  asm
    .move(b, frame)
    .add(b, longestFrame)
    .jumpIfRegister(end, 'above', b, 'pass')
    .load(4, result, frame, 0)
    .jumpIf(result, 'unequal', wordOf(mac, 0), 'pass')
    .load(2, result, frame, 4)
    .jumpIf(result, 'unequal', halfOf(mac, 4), 'pass')
    // Answering to a group of stations would be an amplifier.
    .load(1, result, frame, 6)
    .jumpIf(result, 'any bit of', 1, 'pass')
    .load(2, result, frame, 12)
    .jumpIf(result, 'equal', network16(0x0800), 'ipv4')
    .jumpIf(result, 'unequal', network16(0x86dd), 'pass')

  hasOctets(asm, IPV6 + UDP)
  asm
    .load(1, result, frame, ETHERNET)
    .and(result, 0xf0)
    .jumpIf(result, 'unequal', 0x60, 'pass')
    .load(1, result, frame, ETHERNET + 6)
    .jumpIf(result, 'unequal', PROTOCOL_UDP, 'pass')
    .load(2, a, frame, ETHERNET + 4)
    .networkOrder(a)
    .add(a, IPV6)
  hasAllOctets(asm)
  // ff00::/8, and what begins with ::, ::1, ::ffff:0:0/96 among it: nobody to answer to.
  asm
    .load(1, result, frame, ETHERNET + 8)
    .jumpIf(result, 'equal', 0xff, 'pass')
    .load(2, result, frame, ETHERNET + 8)
    .jumpIf(result, 'equal', 0, 'pass')
    .load(2, a, frame, IPV6 + 2)
  compare(asm, ETHERNET + 24, ofFamily(endpoints, 6))
  asm.jump('pass')

  asm
    .label('ipv4')
    .load(1, result, frame, ETHERNET)
    .jumpIf(result, 'unequal', 0x45, 'pass')
    .load(2, result, frame, ETHERNET + 6)
    .jumpIf(result, 'any bit of', network16(0x3fff), 'pass')
    .load(1, result, frame, ETHERNET + 9)
    .jumpIf(result, 'unequal', PROTOCOL_UDP, 'pass')
    .load(2, a, frame, ETHERNET + 2)
    .networkOrder(a)
    .add(a, ETHERNET)
  hasAllOctets(asm)
  // 0.0.0.0/8, 127.0.0.0/8 and 224.0.0.0/3, and who pretends to be us.
  asm
    .load(1, result, frame, ETHERNET + 12)
    .jumpIf(result, 'equal', 0, 'pass')
    .jumpIf(result, 'equal', 127, 'pass')
    .jumpIf(result, 'above', 223, 'pass')
    .load(4, result, frame, ETHERNET + 12)
    .load(4, b, frame, ETHERNET + 16)
    .jumpIfRegister(result, 'equal', b, 'pass')
    .load(2, a, frame, IPV4 + 2)
  compare(asm, ETHERNET + 16, ofFamily(endpoints, 4))
  asm.jump('pass')

  if (endpoints.length > 0) {
    asm.label('take').load(4, second, context, QUEUE).loadMap(first, map).set(third, unserved).call(REDIRECT_MAP).exit()
  }
  return asm.label('pass').set(result, XDP_PASS).exit().code()
}

/** Passes frames with fewer octets than are read from now on; without it the verifier refuses the program. */
function hasOctets(asm: Assembler, octets: number): void {
  asm.move(R.b, R.second).add(R.b, octets).jumpIfRegister(R.b, 'above', R.third, 'pass')
}

/** Passes a frame that has not as many octets as register `a` says, 65,589 at most: cut short, or scattered over several buffers. */
function hasAllOctets(asm: Assembler): void {
  asm.move(R.b, R.second).addRegister(R.b, R.a).jumpIfRegister(R.b, 'above', R.third, 'pass')
}

/** Takes a frame whose destination, at `offset`, is one of these; its port is in register `a`. */
function compare(asm: Assembler, offset: number, endpoints: readonly ProgramEndpoint[]): void {
  for (const { address, port } of endpoints) {
    const next = `not ${address.join('.')} ${port}`
    for (let at = 0; at < address.length; at += 4) {
      asm.load(4, R.b, R.second, offset + at).jumpIf(R.b, 'unequal', wordOf(address, at), next)
    }
    asm.jumpIf(R.a, 'equal', network16(port), 'take').label(next)
  }
}

const ofFamily = (endpoints: readonly ProgramEndpoint[], family: 4 | 6): ProgramEndpoint[] =>
  endpoints.filter(({ address }) => familyOf(address) === family)

/** What a load of 16 bits gives for a number that lies in network order. */
const network16 = (number: number): number => ((number & 0xff) << 8) | (number >>> 8)

const halfOf = (octets: Uint8Array, at: number): number => octets[at]! | (octets[at + 1]! << 8)

const wordOf = (octets: Uint8Array, at: number): number => (halfOf(octets, at) | (halfOf(octets, at + 2) << 16)) >>> 0
