/** Unsigned whole numbers. */
export type Keys = Uint8Array | Uint16Array | Uint32Array

/** The numbers 0 .. count - 1 in the order of the columns, the last of which weighs most. Stable; linear in `count`. */
export function sortedOrder(columns: readonly Keys[], count: number): Uint32Array {
  let order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  let spare = new Uint32Array(count)
  for (const column of columns) {
    for (let shift = 0; shift < 8 * column.BYTES_PER_ELEMENT; shift += 8) {
      if (byDigit(column, shift, order, spare)) [order, spare] = [spare, order]
    }
  }
  return order
}

const DIGITS = 256

/** Writes `order` into `into`, sorted by eight bits of the keys; false where it is so already, because these are all the same. */
function byDigit(keys: Keys, shift: number, order: Uint32Array, into: Uint32Array): boolean {
  const at = new Uint32Array(DIGITS + 1)
  for (let i = 0; i < order.length; i++) at[((keys[i]! >>> shift) & 255) + 1]!++
  if (at.includes(order.length)) return false
  for (let digit = 1; digit < DIGITS; digit++) at[digit]! += at[digit - 1]!
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!
    into[at[(keys[row]! >>> shift) & 255]!++] = row
  }
  return true
}
