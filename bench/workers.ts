/**
 * Claim: two query workers answer more queries per second than one, as two threads of gdnsd and Knot do.
 *
 * usage: npm run bench -- workers   (root; kxdpgun; beside gdnsd and Knot; about a minute and a half)
 */
import { availableParallelism } from 'node:os'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { temporaryFolder } from './harness/folder.ts'
import { HOSTS, writeHostZone } from './harness/host-zone.ts'
import { salvo } from './harness/kxdpgun.ts'
import { openNamespace, serverCores } from './harness/namespace.ts'
import { absence, percent, present, publish, table, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { measured, type Speed, summary } from './harness/speed.ts'
import { type Running, start } from './harness/start.ts'

const SECONDS = 2
const RATE = 700_000
const WORKERS = [1, 2]
const ALL = [kingcdn, gdnsd, knot]

const folder = temporaryFolder()
const namespace = openNamespace(ALL.length * WORKERS.length)
const zone = writeHostZone(folder)
const servers: Running[] = []
for (const contender of present(ALL)) {
  for (const workers of WORKERS) {
    const inside = { namespace, number: servers.length, cores: serverCores(workers) }
    servers.push(await start(contender, zone, { question: zone.question, workers, inside }))
  }
}
const rounds = await interleaved(servers, ROUNDS, server =>
  measured(server, serverCores(server.site.workers), 'NOERROR', () =>
    salvo({ address: server.site.address, file: zone.queries, seconds: SECONDS, rate: RATE }),
  ),
)
publish({
  claim: 'workers',
  title: 'Two query workers beside one',
  body: report(rounds),
  versions: versions(present(ALL)),
})

function report(rounds: ReadonlyMap<Running, readonly Speed[]>): string {
  const alone = new Map([...rounds].filter(([{ site }]) => site.workers === 1).map(([{ name }, each]) => [name, each]))
  const rows = [...rounds].map(([{ name, site }, each]) => {
    const { perSecond, cpuMicros, lost } = summary(each)
    const ratio = perSecond / summary(alone.get(name)!).perSecond
    return [`${name}, ${site.workers}`, whole(perSecond), ratio.toFixed(2), cpuMicros.toFixed(2), percent(lost)]
  })
  const shared = serverCores(2).includes(0)
    ? `**This machine has ${availableParallelism()} cores: the second worker shares core 0 with the generator**, which offers less then; only the same ratio of the others is something to go by.`
    : `The servers have the cores ${serverCores(2).join(' and ')} for two workers, core 1 for one.`
  return `kxdpgun on core 0, ${whole(RATE)} queries/s offered for ${whole(HOSTS)} A records of one zone. ${shared}
${SECONDS} s a run, median of ${ROUNDS} interleaved rounds; each ratio is to one worker of the same server.

${absence(ALL)}${table(['server, workers', 'replies/s', 'to one worker', 'CPU us/query', 'lost'], rows)}`
}
