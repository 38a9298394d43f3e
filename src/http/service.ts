import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../model/audit.ts'
import { readJson } from './body.ts'
import { Failure, failureOf } from './failure.ts'
import type { Gate } from './gate.ts'
import { checkHost, checkOrigin, type Door, judgeToken, neededTokens, unauthorized } from './guard.ts'
import { failureReply, type Reply, send } from './reply.ts'
import { type Match, match, type Route } from './router.ts'

/** Changing calls are told as info, who is refused at the door as warn, own faults as error. */
export type HttpLog = (level: 'info' | 'warn' | 'error', message: string) => void

/** What a call meets on its way. */
export interface Service {
  readonly table: readonly Route[]
  readonly door: Door
  readonly gate: Gate
  /** ms */
  readonly idleMs: number
  readonly log: HttpLog
  readonly count: (outcome: string) => void
}

const LONGEST_NAME = 100
/** Never looked at by a handler; told once a minute for each client. */
const AT_THE_DOOR = ['unauthorized', 'forbidden', 'foreign-host', 'foreign-origin', 'too-many-requests']

/** Answers one request, whatever it is. */
export async function serve(request: IncomingMessage, response: ServerResponse, service: Service): Promise<void> {
  // A client that goes away is no event; without a listener its reset would end the process. (A request without one stays silent.)
  response.on('error', () => {})
  const { socket } = request
  // While a handler works (a reload may take minutes) silence is not the client's fault.
  socket.setTimeout(0)
  const started = performance.now()
  const reply = await answer(request, service)
  service.count(reply.code ?? 'ok')
  socket.setTimeout(service.idleMs)
  try {
    await send(response, reply)
  } catch {
    response.destroy()
  }
  tell(request, reply, Math.round(performance.now() - started), service)
}

function tell(request: IncomingMessage, reply: Reply, ms: number, { log, gate }: Service): void {
  const { method } = request
  const remote = request.socket.remoteAddress ?? ''
  const what = `http: ${remote} ${method} ${shown(request)}`
  if (reply.code !== undefined && AT_THE_DOOR.includes(reply.code)) {
    if (gate.mayTell(remote, reply.code))
      log('warn', `${what}: refused as ${reply.code}; the like is told once a minute for each client`)
  } else if (method === 'POST' && reply.feed !== true) log('info', `${what}: ${reply.status} in ${ms} ms`)
}

/** The target of the request, fit for one line of a log. */
const shown = ({ url }: IncomingMessage): string => JSON.stringify(url?.slice(0, 200))

/** Guards, route, handler; whatever goes wrong becomes an error reply. */
async function answer(request: IncomingMessage, service: Service): Promise<Reply> {
  let isFeed = false
  try {
    const remote = request.socket.remoteAddress ?? ''
    checkHost(request.headers, service.door)
    checkOrigin(request.headers)
    const { path, query } = target(request.url ?? '')
    const { route, params } = find(request, path, service)
    isFeed = route.pace === 'feeds'
    service.gate.admit(remote, route.pace ?? (route.method === 'GET' ? 'reads' : 'changes'))
    if (route.isOpen !== true) checkToken(request, route.method === 'POST', service)
    const body = () => readJson(request, route.bodyLimit ?? 0)
    return await route.handle({ params, query, body, remote, caller: callerOf(request) })
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (failure.code === 'internal')
      service.log(
        'error',
        `http: ${request.method} ${shown(request)}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      )
    return isFeed ? refusedFeed(request, failure, service) : failureReply(failure)
  }
}

/** Programs repeat what is refused every few seconds, and people do not. */
function refusedFeed(request: IncomingMessage, failure: Failure, { log, gate }: Service): Reply {
  const remote = request.socket.remoteAddress ?? ''
  if (!AT_THE_DOOR.includes(failure.code) && gate.mayTell(remote, `${shown(request)} ${failure.code}`))
    log(
      'warn',
      `http: ${remote} POST ${shown(request)}: ${failure.message}; the like is told once a minute for each client`,
    )
  return { ...failureReply(failure), feed: true }
}

/** The route; what is none counts as reading, or it would be free. */
function find({ method, socket }: IncomingMessage, path: string, { table, gate }: Service): Match {
  try {
    return match(table, method ?? '', path)
  } catch (failure) {
    gate.admit(socket.remoteAddress ?? '', 'reads')
    throw failure
  }
}

/** Whoever tried too many wrong tokens is refused before the next one is looked at: that it was right is not to be learnt so either. */
function checkToken({ headers, socket }: IncomingMessage, isChange: boolean, { door, gate }: Service): void {
  const legal = neededTokens(isChange, door)
  if (legal === null) return
  const remote = socket.remoteAddress ?? ''
  if (headers.authorization !== undefined) gate.admitToken(remote)
  const verdict = judgeToken(headers, legal)
  if (verdict.kind === 'good') return
  if (verdict.kind === 'wrong') gate.wrongToken(remote, verdict.digest)
  throw unauthorized()
}

/** RFC 9110 section 10.1.2: From names the human user, who need not tell the truth. */
function callerOf({ headers, socket }: IncomingMessage): Caller {
  const by = (headers.from ?? '').slice(0, LONGEST_NAME).replace(/[^\x21-\x7e]/g, '?')
  return { by, from: `http ${socket.remoteAddress ?? ''}` }
}

/** Origin form only (RFC 9112 section 3.2.1). Split by hand: `new URL` would take the host out of `//evil/`. */
function target(url: string): { path: string; query: URLSearchParams } {
  if (!url.startsWith('/')) throw new Failure('bad-request', 'the request target must be a path')
  const mark = url.indexOf('?')
  if (mark < 0) return { path: url, query: new URLSearchParams() }
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) }
}
