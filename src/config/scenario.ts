import type { Problem } from '../base/problem.ts'
import type { Deployment } from '../model/deployment.ts'
import type { DemandChoice, Happening, Scenario, ScenarioEvent } from '../model/scenario.ts'
import { definedOnly } from './defined.ts'
import { readDocument } from './document.ts'
import { error, type Issue, schemaIssues, toProblems } from './issues.ts'
import { didYouMean } from './nearest.ts'
import type { Path } from './path.ts'
import { EVENT_KINDS, type EventEntry, type ScenarioFile, scenarioSchema } from './schema/scenario.ts'

/** Reads a scenario for `simulate`. `scenario` is null when anything in it is wrong; `problems` names everything that is. */
export function parseScenario(
  text: string,
  file: string,
  { clusters, services }: Pick<Deployment, 'clusters' | 'services'>,
): { readonly scenario: Scenario | null; readonly problems: readonly Problem[] } {
  const document = readDocument(text, file)
  if (document.value === undefined) return { scenario: null, problems: document.problems }
  const result = scenarioSchema.safeParse(document.value ?? {})
  const known = { cluster: clusters.map(({ id }) => id), service: services.map(({ id }) => id) }
  const issues = result.success ? checkScenario(result.data, known) : schemaIssues(result.error.issues)
  const problems = toProblems(issues, document, file)
  return { scenario: result.success && issues.length === 0 ? buildScenario(result.data) : null, problems }
}

interface Known {
  readonly cluster: readonly string[]
  readonly service: readonly string[]
}

function checkScenario(file: ScenarioFile, known: Known): Issue[] {
  return file.events.flatMap((event, i) => {
    const path: Path = ['events', i]
    const kinds = EVENT_KINDS.filter(kind => event[kind] !== undefined)
    const late = event.at >= file.duration
    return [
      ...(late ? [error([...path, 'at'], `lies after the end; duration is ${file.duration / 1000}s`)] : []),
      ...(event.at % 1000 === 0 ? [] : [error([...path, 'at'], 'is not a whole number of seconds')]),
      ...(kinds.length === 1
        ? []
        : [
            error(
              path,
              `${kinds.length === 0 ? 'no event' : `${kinds.join(' and ')} in one`}; one of ${EVENT_KINDS.join(', ')}`,
            ),
          ]),
      ...kinds.flatMap(kind => checkNames(event[kind], [...path, kind], known)),
    ]
  })
}

/** Every cluster and service that an event names must be there. */
function checkNames(value: unknown, path: Path, known: Known): Issue[] {
  if (typeof value === 'string') return unknownId(value, path, known, 'cluster')
  if (Array.isArray(value)) return value.flatMap((id: string, i) => unknownId(id, [...path, i], known, 'cluster'))
  const { cluster, clusters, firstAt, services } = value as Record<string, unknown>
  const some = (ids: unknown, key: string, what: keyof Known): Issue[] =>
    Array.isArray(ids) ? ids.flatMap((id: string, i) => unknownId(id, [...path, key, i], known, what)) : []
  return [
    ...(typeof cluster === 'string' ? unknownId(cluster, [...path, 'cluster'], known, 'cluster') : []),
    ...some(clusters, 'clusters', 'cluster'),
    ...some(firstAt, 'firstAt', 'cluster'),
    ...some(services, 'services', 'service'),
  ]
}

function unknownId(id: string, path: Path, known: Known, what: keyof Known): Issue[] {
  if (known[what].includes(id)) return []
  return [error(path, `"${id}" is not a ${what} of the configuration${didYouMean(id, known[what])}`)]
}

const inSeconds = (ms: number): number => Math.round(ms / 1000)

function buildScenario(file: ScenarioFile): Scenario {
  const { slowResolvers, reports, detection, demandKnown, seed } = file
  return {
    seconds: inSeconds(file.duration),
    warmUp: inSeconds(file.warmUp),
    ttl: file.ttl ?? null,
    seed,
    events: file.events.map(buildEvent).sort((a, b) => a.at - b.at),
    slowResolvers,
    reports: { every: inSeconds(reports.every), lag: inSeconds(reports.lag), noise: reports.noise },
    detection: { down: inSeconds(detection.down), up: inSeconds(detection.up) },
    demandKnown,
  }
}

function buildEvent(entry: EventEntry): ScenarioEvent {
  return { at: inSeconds(entry.at), ...happening(entry) }
}

const several = (ids: string | readonly string[]): readonly string[] => (typeof ids === 'string' ? [ids] : ids)

function happening({ fail, restore, drain, silent, frozen, demand, swing }: EventEntry): Happening {
  if (fail !== undefined) return { kind: 'fail', clusters: several(fail) }
  if (restore !== undefined) return { kind: 'restore', clusters: several(restore) }
  if (drain !== undefined) return { kind: 'drain', clusters: [drain.cluster], percent: drain.percent }
  if (frozen !== undefined) return { kind: 'frozen', clusters: several(frozen) }
  if (silent !== undefined) {
    const { clusters, reports } =
      typeof silent === 'object' && 'clusters' in silent
        ? silent
        : { clusters: several(silent), reports: 'both' as const }
    return { kind: 'silent', clusters, reports }
  }
  if (demand !== undefined)
    return { kind: 'demand', who: whoOf(demand), factor: demand.factor, over: inSeconds(demand.over) }
  return { kind: 'swing', who: whoOf(swing!), amplitude: swing!.amplitude, period: inSeconds(swing!.period) }
}

function whoOf({ prefixes, countries, services, firstAt }: NonNullable<EventEntry['demand' | 'swing']>): DemandChoice {
  return definedOnly({ prefixes, countries, services, firstAt })
}
