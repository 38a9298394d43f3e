// The floor: as little as a responder can do in the transport that KingCDN uses. It parses nothing: the question is found by walking its labels and
// copied, one fixed A record comes behind it, and whatever follows the question in the query (an OPT record) behind that.
// usage: node floor-server.mjs <address> <port> <receive buffer, octets>   (the built program)
import { loadLibc } from '../../../dist/listen/linux/libc.js'
import { UdpBatch } from '../../../dist/listen/udp-batch.js'

const HEADER = 12
/** Owner: pointer to the question's name; A, IN, TTL 30, 192.0.2.11. */
const RECORD = Uint8Array.of(0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 11)
const NO_TRAFFIC = { counters: new Float64Array(1), at: { ignored: 0, bytesIn: 0, bytesOut: 0, sendErrors: 0 } }

const [address, port, receiveBuffer] = process.argv.slice(2)
const verdict = loadLibc()
if (verdict.kind === 'absent') throw new Error(verdict.reason)
const batch = new UdpBatch({
  ...{ libc: verdict.libc, respond, traffic: NO_TRAFFIC, receiveBuffer: Number(receiveBuffer) },
  ...{ freebind: false, dontFragment: true, waitMs: 100 },
})
batch.open({ host: address, port: Number(port) })
for (;;) batch.turn()

function respond(message, length, _peer, out) {
  let end = HEADER
  while (end < length && message[end] !== 0) end += message[end] + 1
  end += 5
  if (end > length) return 0
  for (let i = 0; i < end; i++) out[i] = message[i]
  out[2] |= 0x84
  out[7] = 1
  for (let i = 0; i < RECORD.length; i++) out[end + i] = RECORD[i]
  for (let i = end; i < length; i++) out[RECORD.length + i] = message[i]
  return RECORD.length + length
}
