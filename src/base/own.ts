/** What the record itself holds at the key, and not what every object inherits: `constructor` is a legal id. */
export function own<V>(record: Readonly<Record<string, V>> | null | undefined, key: string): V | undefined {
  return record != null && Object.hasOwn(record, key) ? record[key] : undefined
}
