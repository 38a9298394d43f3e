import type { RdataType } from './field.ts'
import { characterStrings } from './field-strings.ts'
import { RrType } from './type.ts'

/**
 * RFC 4408 section 3.1.1, withdrawn by RFC 7208; still found in old zones. As TXT:
 *
 *   character-string+
 */
export const spf: RdataType = { name: 'SPF', code: RrType.SPF, fields: [characterStrings('text')] }
