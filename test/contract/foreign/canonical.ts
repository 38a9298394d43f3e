import { RrType } from '../../../src/wire/rdata/type.ts'
import { type ParsedMessage, type ParsedRecord, readName } from '../../fixture/message.ts'

/** Where names stand in RDATA: a digit = that many octets, `n` = a name, `s` = a character-string, `*` = the rest. */
const LAYOUTS: Readonly<Record<number, string>> = {
  [RrType.NS]: 'n',
  [RrType.CNAME]: 'n',
  [RrType.PTR]: 'n',
  [RrType.DNAME]: 'n',
  [RrType.SOA]: 'nn*',
  14: 'nn',
  [RrType.MX]: '2n',
  [RrType.RP]: 'nn',
  [RrType.AFSDB]: '2n',
  21: '2n',
  [RrType.SRV]: '6n',
  [RrType.NAPTR]: '4sssn',
  [RrType.KX]: '2n',
  [RrType.RRSIG]: '99n*',
  [RrType.NSEC]: 'n*',
  [RrType.SVCB]: '2n*',
  [RrType.HTTPS]: '2n*',
}
/** RFC 3597 section 4: only the types of RFC 1035 may have compressed names, of which these have names at all. */
const MAY_COMPRESS = new Set<number>([2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15])

/** RDATA with its names whole and in lower case, in hexadecimal: equal text = equal data. Throws where a name is compressed that must not be. */
export function canonicalRdata({ bytes }: ParsedMessage, record: ParsedRecord): string {
  const layout = LAYOUTS[record.type]
  const { rdata, at } = record
  if (layout === undefined) return hex(rdata)
  const end = at + rdata.length
  let text = ''
  let i = at
  for (const part of layout) {
    if (part === 'n') {
      const name = readName(bytes, i)
      if (!MAY_COMPRESS.has(record.type) && isCompressed(bytes, i))
        throw new Error(`compressed name in TYPE${record.type}`)
      text += ` ${name.name} `
      i = name.end
    } else {
      const next = part === '*' ? end : part === 's' ? i + 1 + bytes[i]! : i + Number(part)
      text += hex(bytes.subarray(i, next))
      i = next
    }
  }
  if (i !== end) throw new Error(`RDATA of TYPE${record.type} has ${end - i} octets too many`)
  return text
}

function isCompressed(bytes: Uint8Array, at: number): boolean {
  let i = at
  while (bytes[i] !== 0 && bytes[i]! < 0xc0) i += bytes[i]! + 1
  return bytes[i] !== 0
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex')
}
