import type { RdataType } from './field.ts'
import { characterStrings } from './field-strings.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.14:
 *
 *   TXT-DATA character-string+
 */
export const txt: RdataType = { name: 'TXT', code: RrType.TXT, fields: [characterStrings('text')] }
