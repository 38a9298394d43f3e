/** A second opinion on lookups: RFC 1034 section 4.3.2 over sets of strings, written for clarity and for nothing else. */
export interface OracleZone {
  /** Labels from the left, the root not counted; `[]` is the root. */
  readonly origin: readonly string[]
  /** null: the zone did not load. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>> | null
}
export interface OracleOverlay {
  readonly kind: 'alias' | 'routed'
  readonly owner: readonly string[]
  readonly types: readonly string[]
}
export interface Opinion {
  outcome: string
  zone?: string
  /** `owner TYPE` */
  data?: string
  cut?: string
  routed?: number
  wildcard?: true
}

export const text = (labels: readonly string[]): string => `${labels.join('.')}.`
const isSuffix = (labels: readonly string[], suffix: readonly string[]): boolean =>
  labels.length >= suffix.length && text(labels.slice(labels.length - suffix.length)) === text(suffix)
/** The suffixes of `labels` that are longer than `origin`, shortest first. */
const pathBelow = (labels: readonly string[], origin: readonly string[]): string[][] =>
  Array.from({ length: labels.length - origin.length }, (_, i) => labels.slice(labels.length - origin.length - i - 1))

interface Node {
  types: Set<string>
  routed?: { id: number; types: readonly string[] }
}
interface LoadedZone {
  origin: readonly string[]
  /** Every name that exists, empty non-terminals too. null: did not load. */
  nodes: Map<string, Node> | null
}

export class Oracle {
  readonly #zones: LoadedZone[]
  /** Indexes of the overlays that cannot be. */
  readonly refused: number[] = []

  constructor(zones: readonly OracleZone[], overlays: readonly OracleOverlay[]) {
    this.#zones = zones.map(({ origin, owners }) => {
      if (owners === null) return { origin, nodes: null }
      const nodes = new Map<string, Node>([[text(origin), { types: new Set() }]])
      for (const [owner, types] of owners) {
        const labels = owner === '.' ? [] : owner.slice(0, -1).split('.')
        for (const ancestor of pathBelow(labels, origin))
          if (!nodes.has(text(ancestor))) nodes.set(text(ancestor), { types: new Set() })
        nodes.set(owner, { types: new Set(types) })
      }
      return { origin, nodes }
    })
    overlays.forEach((overlay, index) => {
      if (!this.#lay(overlay, index)) this.refused.push(index)
    })
  }

  #deepest(labels: readonly string[], except?: LoadedZone): LoadedZone | undefined {
    return this.#zones
      .filter(zone => zone !== except && isSuffix(labels, zone.origin))
      .sort((a, b) => b.origin.length - a.origin.length)[0]
  }

  #lay({ kind, owner, types }: OracleOverlay, id: number): boolean {
    const zone = this.#deepest(owner)
    if (zone === undefined) return false
    if (zone.nodes === null) return true
    const { nodes } = zone
    if (nodes.get(text(zone.origin))!.types.has('DNAME') && owner.length > zone.origin.length) return false
    for (const name of pathBelow(owner, zone.origin)) {
      if (this.#isCut(nodes, name)) return false
      if (name.length < owner.length && this.#isDname(nodes, name)) return false
    }
    const own = nodes.get(text(owner))
    if (own?.routed !== undefined || own?.types.has('ALIAS')) return false
    if (kind === 'alias' && own !== undefined && own.types.size > 0) return false
    if (['CNAME', 'A', 'AAAA', 'HTTPS'].some(type => own?.types.has(type))) return false
    for (const name of pathBelow(owner, zone.origin))
      if (!nodes.has(text(name))) nodes.set(text(name), { types: new Set() })
    const node = nodes.get(text(owner))!
    if (kind === 'alias') node.types.add('CNAME').add('ALIAS')
    else node.routed = { id, types }
    return true
  }

  #isCut(nodes: Map<string, Node>, name: readonly string[]): boolean {
    return name[0] !== '*' && nodes.get(text(name))?.types.has('NS') === true
  }
  #isDname(nodes: Map<string, Node>, name: readonly string[]): boolean {
    return name[0] !== '*' && nodes.get(text(name))?.types.has('DNAME') === true
  }

  ask(qname: readonly string[], type: string): Opinion {
    let zone = this.#deepest(qname)
    if (zone === undefined) return { outcome: 'NotOurs' }
    if (type === 'DS' && qname.length === zone.origin.length) {
      const parent = this.#deepest(qname, zone)
      if (parent !== undefined) {
        const { nodes } = parent
        if (nodes === null || pathBelow(qname, parent.origin).some(name => this.#isCut(nodes, name))) zone = parent
      }
    }
    const at = { zone: text(zone.origin) }
    if (zone.nodes === null) return { outcome: 'Broken', ...at }
    const { nodes, origin } = zone
    for (const name of [origin, ...pathBelow(qname, origin)]) {
      const last = name.length === qname.length
      const below = name.length > origin.length
      if (below && this.#isCut(nodes, name) && !(last && type === 'DS'))
        return { outcome: 'Delegation', ...at, data: `${text(name)} NS`, cut: text(name) }
      if (!last && this.#isDname(nodes, name))
        return { outcome: 'FollowDname', ...at, data: `${text(name)} DNAME`, cut: text(name) }
    }
    if (nodes.has(text(qname))) return { ...this.#at(nodes, text(qname), type), ...at }
    const encloser = [origin, ...pathBelow(qname, origin)].filter(name => nodes.has(text(name))).at(-1)!
    const source = text(['*', ...encloser])
    if (!nodes.has(source)) return { outcome: 'NxDomain', ...at }
    return { ...this.#at(nodes, source, type), ...at, wildcard: true }
  }

  #at(nodes: Map<string, Node>, owner: string, type: string): Opinion {
    const { types, routed } = nodes.get(owner)!
    const service = routed === undefined ? {} : { routed: routed.id }
    if (type === 'ANY') return { outcome: types.size > 0 || routed !== undefined ? 'Any' : 'NoData', ...service }
    if (routed?.types.includes(type)) return { outcome: 'Routed', ...service }
    if (types.has(type)) return { outcome: 'Hit', data: `${owner} ${type}`, ...service }
    if (types.has('CNAME')) return { outcome: 'FollowCname', data: `${owner} CNAME`, ...service }
    return { outcome: 'NoData', ...service }
  }
}
