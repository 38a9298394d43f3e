/** A zone whose replies have exact lengths: what a test asks for by the octets of the whole message. */
export const SIZED_ORIGIN = 'size.test'

/** Header, question of a name of `labels` octets, and one record's fields before its RDATA (the owner is a pointer). */
const HEADER = 12
const RECORD = 2 + 10
/** An OPT record without options. */
export const OPT = 11

const nameOctets = (label: string): number => label.length + 1 + SIZED_ORIGIN.length + 2

/** `TXT` character-strings whose RDATA have that many octets, 2..65535; one octet over a full string cannot be said by a string. */
function txtRdata(octets: number): string {
  const strings: string[] = []
  for (let left = octets; left > 0; ) {
    // A string takes its length octet and at most 255 more; the last two share what is left.
    const take = left > 256 && left < 258 ? left - 2 : Math.min(left, 256)
    strings.push(`"${'x'.repeat(take - 1)}"`)
    left -= take
  }
  return strings.join(' ')
}

/** Label under which a TXT query gets a reply of exactly `octets`, EDNS not counted. */
export const sized = (octets: number): string => `t${octets}`

/** One TXT record for each length. */
export function sizedRecords(lengths: readonly number[]): string {
  return lengths
    .map(octets => {
      const label = sized(octets)
      return `${label} TXT ${txtRdata(octets - HEADER - nameOctets(label) - 4 - RECORD)}`
    })
    .join('\n')
}

/** A TXT RRset of many records at `label`, whose reply without EDNS has exactly `octets`. */
export function sizedRrset(label: string, octets: number): string {
  const lines: string[] = []
  let left = octets - HEADER - nameOctets(label) - 4
  for (let i = 0; left > 0; i++) {
    // Records differ in their first string, else they would be duplicates; the last takes the rest.
    const most = 1000
    const take = left > 2 * most ? most : left
    const marker = `"${String(i).padStart(5, '0')}"`
    lines.push(`${label} TXT ${marker} ${txtRdata(take - RECORD - 6)}`)
    left -= take
  }
  return lines.join('\n')
}

export function sizedZone(records: string): string {
  return `
$ORIGIN ${SIZED_ORIGIN}.
$TTL 300
@    SOA  ns1 hostmaster 1 7200 3600 1209600 60
@    NS   ns1
ns1  A    192.0.2.1
${records}
`
}
