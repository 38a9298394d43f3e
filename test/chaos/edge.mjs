// A fake edge, run as a process of its own: answers health checks, is sick or well as it is told, and reports its load to the first nameserver that listens.
//   node edge.mjs '{"address":"127.11.1.1","port":8080,"cluster":"lhr-ix","server":"lhr-ix-1","reportTo":["http://127.0.0.1:9153"]}'
import { createServer } from 'node:http'

const REPORT_MS = 2_000
const { address, port, cluster, server, reportTo } = JSON.parse(process.argv[2])
let sick = false
let reports = 0

createServer((request, response) => {
  if (request.method === 'POST') {
    sick = request.url === '/sick'
    response.end('so be it\n')
    return
  }
  response.statusCode = sick ? 503 : 200
  response.end(sick ? 'sick\n' : 'well\n')
}).listen(port, address, () => console.log('ready'))

setInterval(async () => {
  for (const nameserver of reportTo) {
    if (await report(nameserver)) return
  }
}, REPORT_MS)

/** Some hundred requests a second; the same figure again and again would be taken for a report that hangs. */
async function report(nameserver) {
  const load = { rps: 100 + (reports++ % 50) }
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(load) }
  const url = `${nameserver}/v1/clusters/${cluster}/servers/${server}/load`
  try {
    const reply = await fetch(url, { ...options, signal: AbortSignal.timeout(500) })
    return reply.ok
  } catch {
    return false
  }
}
