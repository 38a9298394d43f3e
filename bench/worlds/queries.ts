import { writeFileSync } from 'node:fs'
import { clientSubnet, packed, query } from '../harness/messages.ts'
import { xorshift } from '../harness/xorshift.ts'
import { BLOCK_COUNT, clientBlock } from './blocks.ts'
import { each, writeText } from './text.ts'
import { ORIGIN, recordLabel, serviceId, type WorldSize } from './world.ts'

const ROUTED = 200_000
const PLAIN = 500_000

/** Writes queries for `dnsperf -B`: services at random, ECS with a random block, every other of them a measured one. Fixed seed. */
export function writeRoutedQueries(file: string, { services, prefixes }: WorldSize): void {
  const random = xorshift(71)
  const messages = Array.from({ length: ROUTED }, (_, i) => {
    const block = clientBlock(random(i % 2 === 0 ? prefixes : BLOCK_COUNT))
    return query(`${serviceId(random(services))}.${ORIGIN}`, i & 0xffff, clientSubnet(block))
  })
  writeFileSync(file, packed(messages))
}

/** Writes queries for `dnsperf -B`: records at random, or, of a nameserver that has both, every other time a service as above. Fixed seed. */
export function writeMixedQueries(file: string, { services, prefixes, records }: WorldSize, routed: boolean): void {
  const random = xorshift(79)
  const messages = Array.from({ length: ROUTED }, (_, i) =>
    routed && i % 2 === 0
      ? query(`${serviceId(random(services))}.${ORIGIN}`, i & 0xffff, clientSubnet(clientBlock(random(prefixes))))
      : query(`${recordLabel(random(records))}.${ORIGIN}`, i & 0xffff),
  )
  writeFileSync(file, packed(messages))
}

/** Writes queries for `kxdpgun`: records at random. Fixed seed. */
export function writeRecordQueries(file: string, { records }: WorldSize): void {
  const random = xorshift(73)
  writeText(
    file,
    each(PLAIN, () => `${recordLabel(random(records))}.${ORIGIN} A\n`),
  )
}
