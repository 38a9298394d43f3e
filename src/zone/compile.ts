import type { ArenaWriter } from '../base/arena.ts'
import { formatName, type Name } from '../wire/name.ts'
import type { ZoneInfo } from './layout.ts'
import type { Overlay } from './overlay.ts'
import { applyOverlay, missingTarget } from './overlay-rules.ts'
import type { ParsedZone } from './parsed-zone.ts'
import { TableBuilder } from './table-builder.ts'

/** A zone that is configured but did not load: its names are answered with SERVFAIL. `broken` says why. */
export interface BrokenZone {
  readonly origin: Name
  readonly broken: string
}

export interface CompileProblem {
  /** Index of the overlay that was left out, or of whose target (its index) there is something to say, */
  readonly overlay?: number
  readonly target?: number
  /** or of the zone. */
  readonly zone?: number
  readonly message: string
}

export interface CompiledZones {
  /** Adds the sections of `layout.ts` to an arena. The result may be kept and written into several arenas. */
  sections(writer: ArenaWriter): void
  /** Overlays and zones that were left out, and why. */
  readonly problems: readonly CompileProblem[]
  /** In the order of the tables' zone numbers, which is the order given, left-out zones not counted. */
  readonly zones: readonly ZoneInfo[]
  readonly counts: { readonly nodes: number; readonly rrsets: number; readonly records: number }
}

/**
 * Turns zones and the services laid over them into flat tables. Cost: about a microsecond per record; keep the result while neither changes.
 * An overlay in a zone that did not load is left out silently: the zone's own problem has been told.
 */
export function compileZones(
  zones: readonly (ParsedZone | BrokenZone)[],
  overlays: readonly Overlay[] = [],
): CompiledZones {
  const problems: CompileProblem[] = []
  const builder = new TableBuilder(
    zones.reduce((sum, zone) => sum + sizeOf(zone), zones.length * 4 + overlays.length * 4),
  )
  zones.forEach((zone, index) => {
    if (builder.addSignpost(zone.origin) < 0)
      problems.push({
        zone: index,
        message: `zone ${formatName(zone.origin)} is configured twice; the first is served`,
      })
    else addZone(builder, zone)
  })
  overlays.forEach((overlay, index) => {
    const message = applyOverlay(builder, overlay)
    if (message !== null) problems.push({ overlay: index, message })
  })
  // A target may be the name of a service that is laid over after it.
  // Hostnames of one service have the same targets.
  const told = new Set<number>()
  overlays.forEach((overlay, index) => {
    if (overlay.kind !== 'shared' || told.has(overlay.id)) return
    told.add(overlay.id)
    overlay.targets.forEach((name, target) => {
      const message = missingTarget(builder, name)
      if (message !== null) problems.push({ overlay: index, target, message })
    })
  })
  return { sections: writer => builder.write(writer), problems, zones: builder.zones, counts: builder.counts() }
}

function sizeOf(zone: ParsedZone | BrokenZone): number {
  return 'tree' in zone ? zone.tree.size : 0
}

function addZone(builder: TableBuilder, zone: ParsedZone | BrokenZone): void {
  const origin = formatName(zone.origin)
  if ('broken' in zone) builder.addBroken({ origin, serial: null, records: 0, broken: zone.broken })
  else builder.addZone(zone, { origin, serial: zone.serial, records: zone.records, broken: null })
}
