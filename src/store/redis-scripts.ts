import { MOST_PLAN_NUMBER, TOKEN_LEAD_MS } from './plan-order.ts'

/** A lease that would run for longer was given by nobody. */
const LONGEST_LEASE_MS = 60_000

/**
 * What must happen in one step, as Lua that Redis runs. Every script checks what it finds: a key of a foreign type under our prefix is removed
 * when we write there and left out when we read, and a value that is no number counts as none. Numbers go to and fro as text, since Lua would
 * print a large one as 1.7e+12.
 */
interface Script {
  readonly lua: string
  readonly numberOfKeys: number
}

const HELPERS = `
local function number(text)
  local value = type(text) == 'string' and tonumber(text) or nil
  if value and value >= 0 and value <= ${MOST_PLAN_NUMBER} then return value end
  return 0
end
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
-- One that is too far ahead of the clock was given by nobody.
local function fencing(text)
  local token = number(text)
  if token > now() + ${TOKEN_LEAD_MS} then return 0 end
  return token
end
local function own(key, kind)
  local is = redis.call('TYPE', key)['ok']
  if is ~= 'none' and is ~= kind then redis.call('DEL', key) end
end
local function isPosition(id)
  local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
  return #ms <= 16 and #seq <= 16
end
-- Ids only grow: behind an entry with one that nobody gave, nothing could be told any more.
local function last(stream)
  own(stream, 'stream')
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if newest and isPosition(newest[1]) then return newest[1] end
  redis.call('DEL', stream)
  return nil
end
local function record(changes, kept, kind, data)
  if not last(changes) and kind ~= 'created' then
    redis.call('XADD', changes, '*', 'kind', 'created', 'data', '')
  end
  return redis.call('XADD', changes, 'MAXLEN', '~', kept, '*', 'kind', kind, 'data', data)
end
`

/**
 * KEYS: a measured prefix. ARGV: TTL in ms; the latest believable time; then cluster, figures, cluster, figures...
 * Keeps for each cluster the figures that were measured last; ties: the later write. Returns a '1' (kept) or '0' for each pair.
 */
const MERGE_ROWS = `
own(KEYS[1], 'hash')
local verdicts = {}
local latest = tonumber(ARGV[2])
for i = 3, #ARGV, 2 do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local heldAt = held and #held <= 256 and tonumber(string.match(held, '^(%d+) ')) or 0
  if heldAt > latest then heldAt = 0 end
  if tonumber(string.match(ARGV[i + 1], '^(%d+) ')) >= heldAt then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    verdicts[#verdicts + 1] = '1'
  else
    verdicts[#verdicts + 1] = '0'
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return table.concat(verdicts)
`

/** KEYS: changes, measured. ARGV: entries kept, rows. Tells the followers of rows that MERGE_ROWS kept, and marks the position. */
const ANNOUNCE_ROWS = `
local id = record(KEYS[1], ARGV[1], 'rtt', ARGV[2])
redis.call('SET', KEYS[2], id)
return id
`

/**
 * KEYS: key, changes. ARGV: time, value, TTL in ms, entries kept, kind, data; the latest believable time. A value older than the one that stands is
 * dropped: '0'.
 */
const PUT_NEWEST = `
own(KEYS[1], 'string')
local heldAt = number(string.match(redis.call('GETRANGE', KEYS[1], 0, 31), '^(%d+) '))
if heldAt > tonumber(ARGV[1]) and heldAt <= tonumber(ARGV[7]) then return '0' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
record(KEYS[2], ARGV[4], ARGV[5], ARGV[6])
return '1'
`

/** What intents stand there, as one short text. */
const MARK = `
local function mark(key)
  local count = redis.pcall('HLEN', key)
  if type(count) == 'table' or count > 4096 then return 'unknown' end
  local all = redis.call('HGETALL', key)
  local fields = {}
  for i = 1, #all, 2 do fields[#fields + 1] = #all[i] .. ' ' .. all[i] .. ' ' .. all[i + 1] end
  table.sort(fields)
  return redis.sha1hex(table.concat(fields, '\\n'))
end
`

/** KEYS: intents. */
const INTENT_MARK = `${MARK} return mark(KEYS[1])`

/**
 * KEYS: intents, changes. ARGV: cluster, intent ('' removes it), entries kept, data, mark ('' = whatever stands there). Returns 1, or 0 when the
 * intents are not those of the mark any more.
 */
const PUT_INTENT = `${MARK}
own(KEYS[1], 'hash')
if ARGV[5] ~= '' and ARGV[5] ~= mark(KEYS[1]) then return 0 end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
record(KEYS[2], ARGV[3], 'intent', ARGV[4])
return 1
`

/** KEYS: intents, changes. ARGV: cluster, intent, its time, entries kept, data. Returns 1, or 0 when one stands there that is as new. */
const REVIVE_INTENT = `
own(KEYS[1], 'hash')
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and number(string.match(held, '"since":(%d+)')) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
record(KEYS[2], ARGV[4], 'intent', ARGV[5])
return 1
`

/** KEYS: audit. ARGV: entries kept, entry. */
const PUT_AUDIT = `
last(KEYS[1])
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'entry', ARGV[2])
`

/** KEYS: audit. ARGV: most entries, most octets of one. Returns the number of those left out (-1: it is no stream), then entries, the newest first. */
const READ_AUDIT = `
local found = redis.pcall('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])
if found.err then return {-1} end
local reply = {0}
for i = 1, #found do
  local entry = found[i][2][2] or ''
  if #entry > tonumber(ARGV[2]) then reply[1] = reply[1] + 1 else reply[#reply + 1] = entry end
end
return reply
`

/**
 * KEYS: a monitor's verdicts, changes. ARGV: 1 to begin anew, TTL in ms, most fields, entries kept, data ('' tells nobody), time, place; then field,
 * value, field, value... Returns 0 where there is nothing to add to, or too much in it: then all of it goes.
 */
const PUT_HEALTH = `
own(KEYS[1], 'hash')
if ARGV[1] == '1' then redis.call('DEL', KEYS[1]) end
if ARGV[1] ~= '1' and redis.call('HEXISTS', KEYS[1], 'at') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[6], 'place', ARGV[7])
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[3]) then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[5] ~= '' then record(KEYS[2], ARGV[4], 'health', ARGV[5]) end
return 1
`

/** KEYS: what the node counted, nodes. ARGV: node, time, table, TTL in ms. Forgets the names of nodes whose tables have run out. */
const PUT_COUNTED = `
own(KEYS[1], 'string')
own(KEYS[2], 'hash')
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local nodes = redis.call('HGETALL', KEYS[2])
for i = 1, #nodes, 2 do
  if number(nodes[i + 1]) < tonumber(ARGV[2]) - tonumber(ARGV[4]) then redis.call('HDEL', KEYS[2], nodes[i]) end
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
`

/**
 * KEYS: the probers of a cluster. ARGV: prober, for how many ms it is there (0: it leaves). Returns the time of Redis in ms and the names of those
 * that are there, each until the time beside its name; times further off than a minute are nobody's.
 */
const JOIN_PROBERS = `
own(KEYS[1], 'hash')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if redis.call('HLEN', KEYS[1]) > 1000 then redis.call('DEL', KEYS[1]) end
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])))
end
local reply = {string.format('%.0f', now)}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local left = number(all[i + 1]) - now
  if left > 0 and left <= 60000 then
    reply[#reply + 1] = all[i]
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
redis.call('PEXPIRE', KEYS[1], 60000)
return reply
`

/** KEYS: report, changes. ARGV: report ('' withdraws it), TTL in ms, entries kept, its time. */
const PUT_REPORT = `
own(KEYS[1], 'string')
if ARGV[1] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return record(KEYS[2], ARGV[3], 'demand', ARGV[4])
`

/** KEYS: a string. ARGV: value, TTL in ms. */
const PUT_TEXT = `
own(KEYS[1], 'string')
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
`

/**
 * KEYS: lease, fence, plan. ARGV: holder, TTL in ms, the greatest token the caller has seen. Returns the token, or false while another holds it.
 * A new token is greater than every one before, and at least the time in ms: so it grows even when Redis has lost all it knew.
 */
const ACQUIRE_LEASE = `
for i = 1, 2 do own(KEYS[i], 'string') end
own(KEYS[3], 'hash')
local token, holder = string.match(redis.call('GETRANGE', KEYS[1], 0, 1023), '^(%d+) (.*)$')
local left = redis.call('PTTL', KEYS[1])
if token and fencing(token) > 0 and left > 0 and left <= ${LONGEST_LEASE_MS} then
  if holder ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return token
end
local planned = fencing(redis.call('HGET', KEYS[3], 'token'))
local last = math.max(fencing(redis.call('GET', KEYS[2])), planned, fencing(ARGV[3]))
local fresh = string.format('%.0f', math.max(last + 1, now()))
redis.call('SET', KEYS[2], fresh)
redis.call('SET', KEYS[1], fresh .. ' ' .. ARGV[1], 'PX', ARGV[2])
return fresh
`

/** KEYS: lease. ARGV: its value. */
const RELEASE_LEASE = `
own(KEYS[1], 'string')
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

/** KEYS: plan, fence, changes. ARGV: token, seq, plan, entries kept. Returns 1, or 0 when a newer plan stands or a newer lease was given. */
const PUBLISH_PLAN = `
own(KEYS[1], 'hash')
own(KEYS[2], 'string')
local held = redis.call('HMGET', KEYS[1], 'token', 'seq')
local token, seq = tonumber(ARGV[1]), tonumber(ARGV[2])
local heldToken = fencing(held[1])
if token < fencing(redis.call('GET', KEYS[2])) or token < heldToken then return 0 end
if token == heldToken and seq < number(held[2]) then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'seq', ARGV[2], 'plan', ARGV[3])
record(KEYS[3], ARGV[4], 'plan', ARGV[1] .. ' ' .. ARGV[2])
return 1
`

/** KEYS: a hash. ARGV: a field, most octets of its value. The value; nothing where there is none, a longer one, or a key of another type. */
const READ_FIELD = `
if redis.call('TYPE', KEYS[1])['ok'] ~= 'hash' then return false end
if redis.call('HSTRLEN', KEYS[1], ARGV[1]) > tonumber(ARGV[2]) then return false end
return redis.call('HGET', KEYS[1], ARGV[1])
`

/**
 * KEYS: a hash. ARGV: most fields, most octets of a field and its value together. Returns the number of fields left out, then field, value,
 * field, value...; -1 when it is no hash or has too many fields. So nobody's rubbish is ever carried over the wire.
 */
const READ_HASH = `
local count = redis.pcall('HLEN', KEYS[1])
if type(count) == 'table' or count > tonumber(ARGV[1]) then return {-1} end
local found = redis.call('HGETALL', KEYS[1])
local most = tonumber(ARGV[2])
local reply = {0}
for i = 1, #found, 2 do
  if #found[i] + #found[i + 1] > most then
    reply[1] = reply[1] + 1
  else
    reply[#reply + 1] = found[i]
    reply[#reply + 1] = found[i + 1]
  end
end
return reply
`

/**
 * KEYS: changes, measured, plan. ARGV: entries kept, most octets of a plan. Where a follower begins, all of one moment: the id of the last
 * change, the position of the last measurements, the plan ('' without one; false when it is too large), and the id under which the stream was made
 * ('' when that is too long ago).
 * Makes the stream when there is none, so that the id always names an entry: when it is gone later, something was missed.
 */
const BEGIN = `
own(KEYS[2], 'string')
own(KEYS[3], 'hash')
local id = last(KEYS[1]) or record(KEYS[1], ARGV[1], 'created', '')
local fits = redis.call('HSTRLEN', KEYS[3], 'plan') <= tonumber(ARGV[2])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local born = first and first[2][2] == 'created' and first[1] or ''
return {id, redis.call('GETRANGE', KEYS[2], 0, 63), fits and (redis.call('HGET', KEYS[3], 'plan') or ''), born}
`

/** KEYS: measured. Changes nothing, but fails where a write would: on a replica, without memory, when Redis cannot persist. */
const PROBE = `
own(KEYS[1], 'string')
return redis.call('APPEND', KEYS[1], '')
`

/**
 * KEYS: changes. ARGV: id. 'there' while the entry is; 'trimmed' when the stream has run past it; 'lost' when Redis has: it was emptied, or an older
 * copy took its place.
 */
const WHERE_IS = `
local function older(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  if aMs ~= bMs then return tonumber(aMs) < tonumber(bMs) end
  return tonumber(aSeq) < tonumber(bSeq)
end
if redis.pcall('XRANGE', KEYS[1], ARGV[1], ARGV[1], 'COUNT', 1)[1] then return 'there' end
local first = redis.pcall('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if first and first[2][2] ~= 'created' and older(ARGV[1], first[1]) then return 'trimmed' end
return 'lost'
`

const define = (lua: string, numberOfKeys: number): Script => ({ lua: HELPERS + lua, numberOfKeys })

export const SCRIPTS = {
  mergeRows: define(MERGE_ROWS, 1),
  announceRows: define(ANNOUNCE_ROWS, 2),
  putNewest: define(PUT_NEWEST, 2),
  intentMark: define(INTENT_MARK, 1),
  putIntent: define(PUT_INTENT, 2),
  reviveIntent: define(REVIVE_INTENT, 2),
  putAudit: define(PUT_AUDIT, 1),
  readAudit: define(READ_AUDIT, 1),
  putHealth: define(PUT_HEALTH, 2),
  putCounted: define(PUT_COUNTED, 2),
  joinProbers: define(JOIN_PROBERS, 1),
  putReport: define(PUT_REPORT, 2),
  putText: define(PUT_TEXT, 1),
  acquireLease: define(ACQUIRE_LEASE, 3),
  releaseLease: define(RELEASE_LEASE, 1),
  publishPlan: define(PUBLISH_PLAN, 3),
  readHash: define(READ_HASH, 1),
  readField: define(READ_FIELD, 1),
  begin: define(BEGIN, 3),
  probe: define(PROBE, 1),
  whereIs: define(WHERE_IS, 1),
}

export type ScriptName = keyof typeof SCRIPTS
