import { octetText } from './encoding.ts'
import { type Field, type RdataType, shown } from './field.ts'
import { u8 } from './field-numbers.ts'
import { remainingText } from './field-strings.ts'
import { RrType } from './type.ts'

const LEGAL_TAG = /^[A-Za-z0-9]{1,255}$/

const tag: Field = {
  label: 'tag',
  parse(scanner, out) {
    const text = scanner.slice()
    if (!LEGAL_TAG.test(text))
      return `tag ${shown(scanner)} is not letters and digits; known are issue, issuewild, iodef`
    out.u8(text.length)
    for (let i = 0; i < text.length; i++) out.u8(text.charCodeAt(i))
    return null
  },
  format(rdata, at, end, parts) {
    const next = at < end ? at + 1 + rdata[at]! : end + 1
    if (next > end) return -1
    const text = octetText(rdata, at + 1, next)
    if (!LEGAL_TAG.test(text)) return -1
    parts.push(text)
    return next
  },
}

/**
 * RFC 8659 section 4.1:
 *
 *   FLAGS (8) | TAG LENGTH (8) | TAG letters and digits | VALUE octets to the end
 */
export const caa: RdataType = { name: 'CAA', code: RrType.CAA, fields: [u8('flags'), tag, remainingText('value')] }
