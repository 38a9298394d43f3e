import { createHash } from 'node:crypto'

/** What a packed demand table is known by: a digest, so that whoever reads it knows that it is the one that was meant. */
export const demandId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
