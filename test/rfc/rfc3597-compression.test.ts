import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { parseZoneText } from '../../src/zone/master-file.ts'
import { openWorld } from '../answer/world.ts'
import { linesOf } from '../contract/foreign/essence.ts'

const TEXT = readFileSync(new URL('../contract/foreign/zones/apart/types.example.zone', import.meta.url), 'utf8')
const world = openWorld({ zones: [TEXT] })
const types = [...new Set(parseZoneText(TEXT, { file: 'types.example.zone' }).zone!.rrsets.type)]

it.each(types)('RFC 3597 section 4: in RDATA of TYPE%i no name is compressed but in those types of RFC 1035', type => {
  const message = world.ask({ name: 'all.types.example', type }, { transport: Transport.Tcp })
  // The reader of the conformance tests throws at a compressed name where none may be.
  const said = linesOf(message, message.answer).split('\n')
  expect(said).toHaveLength(Math.max(1, message.answer.length))
})
