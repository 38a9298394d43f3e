/** What a server may be: the options it takes part in over one transport. */
export interface Speaks {
  readonly ecs: boolean
  readonly cookies: boolean
  readonly keepalive: boolean
  readonly padding: boolean
}

/** What a message asks for, read by the letter of the RFCs and apart from the program's own decoder. */
export interface Wishes {
  /** RCODE that the shape of the message alone demands; 0 = it is well-formed. */
  readonly rcode: number
  /** Octets 12.. of the question, with type and class; null when there is none to be read. */
  readonly question: Uint8Array | null
  /** The OPT record whose fixed fields could be read; null without one. */
  readonly opt: null | { readonly payload: number; readonly dnssecOk: boolean }
  readonly nsid: boolean
  readonly ecs: Uint8Array | null
  /** The client cookie of the first COOKIE option, when that has a legal length. */
  readonly cookie: Uint8Array | null
  readonly keepalive: boolean
  readonly padding: boolean
}

const [FORMERR, NOTIMP, BADVERS] = [1, 4, 16]
const NOTHING = { nsid: false, ecs: null, cookie: null, keepalive: false, padding: false }
const BARE: Wishes = { rcode: 0, question: null, opt: null, ...NOTHING }

/** Reads a message of at least 12 octets that is no response. */
export function wishesOf(message: Uint8Array, speaks: Speaks): Wishes {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const [questions, ...sections] = [4, 6, 8, 10].map(at => view.getUint16(at)) as [number, number, number, number]
  if ((message[2]! >> 3) % 16 !== 0) return { ...BARE, rcode: NOTIMP }
  if (questions > 1) return { ...BARE, rcode: FORMERR }
  let at = 12
  let question: Uint8Array | null = null
  if (questions === 1) {
    const end = endOfName(message, 12, false)
    if (end < 0 || end > 12 + 255 || end + 4 > message.length) return { ...BARE, rcode: FORMERR }
    at = end + 4
    question = message.slice(12, at)
  }
  const broken = { ...BARE, question, rcode: FORMERR }
  let opt: Wishes['opt'] = null
  let fixed = 0
  for (const [section, count] of sections.entries()) {
    for (let i = 0; i < count; i++) {
      const end = endOfName(message, at, true)
      if (end < 0 || end + 10 > message.length) return { ...broken, opt }
      const next = end + 10 + view.getUint16(end + 8)
      if (next > message.length) return { ...broken, opt }
      if (view.getUint16(end) === 41) {
        if (section !== 2 || message[at] !== 0 || opt !== null) return { ...broken, opt }
        opt = { payload: view.getUint16(end + 2), dnssecOk: (message[end + 6]! & 0x80) !== 0 }
        fixed = end
      }
      at = next
    }
  }
  if (at !== message.length) return { ...broken, opt }
  if (opt === null) return questions === 1 ? { ...BARE, question } : broken
  if (message[fixed + 5] !== 0) return { ...broken, opt, rcode: BADVERS }
  const read = readOptions(message.slice(fixed + 10, fixed + 10 + view.getUint16(fixed + 8)), speaks)
  const rcode = read.rcode === 0 && questions === 0 && read.cookie === null ? FORMERR : read.rcode
  return rcode === 0 ? { question, opt, ...read } : { ...broken, opt, cookie: read.cookie, padding: read.padding }
}

function readOptions(rdata: Uint8Array, speaks: Speaks): Omit<Wishes, 'question' | 'opt'> {
  const options: { code: number; data: Uint8Array }[] = []
  let whole = true
  for (let at = 0; at < rdata.length && whole; ) {
    const length = (rdata[at + 2]! << 8) | rdata[at + 3]!
    whole = at + 4 <= rdata.length && at + 4 + length <= rdata.length
    if (whole) options.push({ code: (rdata[at]! << 8) | rdata[at + 1]!, data: rdata.slice(at + 4, at + 4 + length) })
    at += 4 + length
  }
  const all = (code: number, spoken: boolean) => (spoken ? options.filter(option => option.code === code) : [])
  const subnets = all(8, speaks.ecs)
  const cookies = all(10, speaks.cookies).slice(0, 1)
  const keepalives = all(11, speaks.keepalive)
  const legal = cookies.filter(({ data }) => data.length === 8 || (data.length >= 16 && data.length <= 40))
  const sound =
    whole &&
    subnets.length <= 1 &&
    subnets.every(({ data }) => isSubnet(data)) &&
    legal.length === cookies.length &&
    keepalives.every(({ data }) => data.length === 0)
  return {
    rcode: sound ? 0 : FORMERR,
    nsid: all(3, true).length > 0,
    ecs: subnets[0]?.data ?? null,
    cookie: legal[0]?.data.slice(0, 8) ?? null,
    keepalive: keepalives.length > 0,
    padding: all(12, speaks.padding).length > 0,
  }
}

/** RFC 7871 sections 6 and 7.1.2. */
function isSubnet(data: Uint8Array): boolean {
  if (data.length < 4) return false
  const [family, source, scope] = [(data[0]! << 8) | data[1]!, data[2]!, data[3]!]
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0
  if (family > 2 || scope !== 0 || source > bits || data.length !== 4 + Math.ceil(source / 8)) return false
  const text = [...data.slice(4)].map(octet => octet.toString(2).padStart(8, '0')).join('')
  return !text.slice(source).includes('1')
}

/** Offset behind a name, -1 when there is none. Pointers only where `pointers`; where they lead is of no interest here. */
function endOfName(message: Uint8Array, start: number, pointers: boolean): number {
  for (let at = start; at < message.length; ) {
    const length = message[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0 && pointers) return at + 2
    if (length > 63) return -1
    at += 1 + length
  }
  return -1
}
