import { type CandidateTrail, type SharedTrail, type Trail, VERDICTS } from '../../model/trail.ts'
import { TIER } from './cluster.ts'
import { list, maybe, moment, named, number, object, oneOf, percent, share, text, whole } from './schema.ts'
import { POLICY } from './status.ts'

const CLIENT = object<Trail['client']>({
  address: text(),
  source: oneOf('ecs', 'resolver', 'resolver (ecs not routable)'),
  block: text('192.0.2.0/24'),
  scope: whole('Prefix length for which the answer holds'),
})

const CANDIDATE = object<CandidateTrail>({
  cluster: text(),
  tier: TIER,
  distanceKm: maybe(number()),
  rttMs: maybe(number()),
  rttFrom: maybe(text('What the RTT is known from')),
  loss: maybe(share()),
  score: maybe(number('ms; the least is best')),
  verdict: oneOf(...VERDICTS),
  health: maybe(text()),
  planned: maybe(oneOf(true)),
  drain: maybe(
    object<NonNullable<CandidateTrail['drain']>>({
      percent: percent('Share of all client blocks that is turned away now, %'),
      target: percent('And that shall be, %'),
      reason: text(),
      by: text(),
      since: moment(),
      until: maybe(moment()),
    }),
  ),
})

const SHARED = object<SharedTrail>({
  hostname: text(),
  client: CLIENT,
  targets: list(
    object<SharedTrail['targets'][number]>({
      target: text(),
      weight: number(),
      countries: maybe(list(text())),
      verdict: oneOf('chosen', 'outranked', 'excluded', 'down'),
    }),
  ),
  target: text(),
  ttl: whole('s'),
  reason: text(),
})

export const TRAIL = named(
  'Trail',
  object<Trail>({
    shared: maybe(SHARED),
    name: text(),
    type: text(),
    service: text(),
    policy: POLICY,
    client: CLIENT,
    place: maybe(
      object<NonNullable<Trail['place']>>({
        country: maybe(text()),
        lat: number('Degrees north'),
        lon: number('Degrees east'),
        asn: maybe(whole()),
        from: text(),
      }),
    ),
    demand: maybe(number("What the client's block weighs; 1: a block of which nothing is known")),
    candidates: list(CANDIDATE),
    cluster: maybe(text('The chosen one; left out: the service answers without one')),
    servers: list(text()),
    answers: list(text()),
    ttl: whole('s'),
    reason: text(),
    snapshot: whole('Generation of the map'),
  }),
)
