import type { OctetWriter } from '../wire/rdata/octet-writer.ts'
import type { Column } from './column.ts'
import type { NameTree } from './name-tree.ts'

/** Records in the order of the file, a column per property. */
export interface RecordColumns {
  readonly node: Column
  readonly type: Column
  readonly ttl: Column
  /** End of the RDATA in {@link CollectedRecords.rdata}; it begins where the record before ends. */
  readonly rdataEnd: Column
  /** Of the record's type in its file: `record-place.ts`. */
  readonly place: Column
  /** Index into the list of the zone's files. */
  readonly file: Column
}

/** What a zone's file said so far. */
export interface CollectedRecords {
  readonly tree: NameTree
  readonly rdata: OctetWriter
  readonly records: RecordColumns
}
