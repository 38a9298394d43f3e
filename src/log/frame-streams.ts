/*
 * Frame Streams, as fstrm and dnstap use them. All numbers have 32 bits, high octet first.
 *
 *   stream  = frame*           frame   = length octets            a length above 0
 *   control = 0 length type field*     field   = CONTENT_TYPE length octets
 *
 *   file:    START data* STOP
 *   socket:  READY ->  <- ACCEPT  START ->  data* ->  STOP ->  <- FINISH
 */
export const Control = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 } as const
const CONTENT_TYPE = 1
/** A control frame is no longer (fstrm, FSTRM_CONTROL_FRAME_LENGTH_MAX). */
const MOST_CONTROL_OCTETS = 512
const LENGTH_OCTETS = 4

/** A whole control frame; those of STOP and FINISH name no content. */
export function controlFrame(type: number, content: string | null): Buffer {
  const name = Buffer.from(content ?? '')
  const frame = Buffer.alloc(12 + (content === null ? 0 : 8 + name.length))
  frame.writeUInt32BE(frame.length - 8, 4)
  frame.writeUInt32BE(type, 8)
  if (content === null) return frame
  frame.writeUInt32BE(CONTENT_TYPE, 12)
  frame.writeUInt32BE(name.length, 16)
  name.copy(frame, 20)
  return frame
}

/** The length that stands before the octets of a data frame. */
export function frameLength(octets: number): Buffer {
  const length = Buffer.alloc(LENGTH_OCTETS)
  length.writeUInt32BE(octets)
  return length
}

export interface ControlFrame {
  readonly type: number
  readonly contents: readonly string[]
}

/** Puts together the control frames that a reader sends. Hostile octets give an error, never more than one frame of memory. */
export class ControlReader {
  #held: Buffer = Buffer.alloc(0)

  /** The frames that are whole now. Throws when the octets are no control frames. */
  read(octets: Buffer): ControlFrame[] {
    this.#held = Buffer.concat([this.#held, octets])
    const frames: ControlFrame[] = []
    while (this.#held.length >= 8) {
      const length = this.#held.readUInt32BE(4)
      if (this.#held.readUInt32BE(0) !== 0 || length < 4 || length > MOST_CONTROL_OCTETS)
        throw new Error('it does not speak Frame Streams')
      if (this.#held.length < 8 + length) break
      frames.push(parseControl(this.#held.subarray(8, 8 + length)))
      this.#held = this.#held.subarray(8 + length)
    }
    return frames
  }
}

function parseControl(frame: Buffer): ControlFrame {
  const contents: string[] = []
  for (let at = 4; at + 8 <= frame.length; ) {
    const length = frame.readUInt32BE(at + 4)
    if (frame.readUInt32BE(at) === CONTENT_TYPE) contents.push(frame.toString('latin1', at + 8, at + 8 + length))
    at += 8 + length
  }
  return { type: frame.readUInt32BE(0), contents }
}
