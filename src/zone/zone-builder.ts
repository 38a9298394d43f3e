import type { Name } from '../wire/name.ts'
import { readUnsigned } from '../wire/rdata/field-numbers.ts'
import { OctetWriter } from '../wire/rdata/octet-writer.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Column } from './column.ts'
import { NameTree } from './name-tree.ts'
import { type ParsedZone, rrsetOf } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'
import type { CollectedRecords, RecordColumns } from './record-columns.ts'
import type { Place } from './record-place.ts'
import { RrsetGrouping } from './rrset-grouping.ts'

/** Collects records in the order of the file; {@link seal} makes RRsets of them. */
export class ZoneBuilder implements CollectedRecords {
  readonly origin: Name
  readonly tree = new NameTree()
  /** Where the next record's RDATA is to be appended before {@link add}. */
  readonly rdata = new OctetWriter()
  readonly records: RecordColumns = {
    node: new Column(),
    type: new Column(),
    ttl: new Column(),
    rdataEnd: new Column(),
    place: new Column(),
    file: new Column(),
  }

  constructor(origin: Name) {
    this.origin = origin
    this.tree.plantRoot(origin)
  }

  /** The node of the name at the start of `bytes`; -1 when it does not lie in the zone. */
  node(bytes: Uint8Array, length: number): number {
    const { origin } = this
    const skip = length - origin.length
    let at = 0
    while (at < skip) at += bytes[at]! + 1
    if (at !== skip) return -1
    for (let i = 0; i < origin.length; i++) if (bytes[skip + i] !== origin[i]) return -1
    return this.tree.plant(0, origin.length, bytes, 0, length)
  }

  /** Takes what was appended to {@link rdata} since the last call as one record. `file` is an index into the list given to {@link seal}. */
  add(node: number, type: number, ttl: number, place: Place, file: number): void {
    const { records } = this
    records.node.push(node)
    records.type.push(type)
    records.ttl.push(ttl)
    records.rdataEnd.push(this.rdata.length)
    records.place.push(place)
    records.file.push(file)
  }

  /** RRsets by node and type; duplicates dropped, one TTL per RRset; both are warned of. */
  seal(files: readonly string[], problems: ProblemList): ParsedZone {
    const rrsets = new RrsetGrouping(this, files, problems).group()
    const records = rrsets.rdata.length - 1
    const nodeFirst = firstPerNode(rrsets.node, this.tree.size)
    const zone = { origin: this.origin, serial: 0, records, tree: this.tree, rrsets, nodeFirst, files }
    return { ...zone, serial: serialOf(zone) }
  }
}

function firstPerNode(rrsetNodes: Uint32Array, nodes: number): Uint32Array {
  const first = new Uint32Array(nodes + 1)
  for (const node of rrsetNodes) first[node + 1]!++
  for (let n = 0; n < nodes; n++) first[n + 1]! += first[n]!
  return first
}

/** SERIAL is the fifth field from the end of the SOA's RDATA, 32 bits each. */
function serialOf(zone: ParsedZone): number {
  const soa = rrsetOf(zone, 0, RrType.SOA)
  if (soa < 0) return 0
  return readUnsigned(zone.rrsets.bytes, zone.rrsets.rdata[zone.rrsets.first[soa]! + 1]! - 20, 4)
}
