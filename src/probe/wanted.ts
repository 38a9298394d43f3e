import type { AddressSet } from '../base/address-set.ts'
import { newPeer, readPeer } from '../base/peer.ts'
import { formatPrefix } from '../base/prefix.ts'
import { specialPurposeBlock } from '../base/special-purpose.ts'
import { LEFT_OUT, type LeftOut, TARGET_KINDS, type TargetKind } from '../model/probe-status.ts'
import type { ResolverCount } from '../model/resolver.ts'
import { DemandIndex, type DemandOf } from './demand-index.ts'
import type { Wanted } from './path-set.ts'
import { leafOf, type Target } from './targets.ts'

/** All that might be probed. */
export interface Candidates {
  readonly mesh: readonly Target[]
  readonly file: readonly Target[]
  /** Heaviest first. */
  readonly resolvers: readonly ResolverCount[]
  readonly demand: readonly DemandOf[]
}

export interface TargetRules {
  /** Port of the resolvers. */
  readonly port: number
  /** Addresses that nobody probes. */
  readonly optOut: AddressSet
  /** Whether addresses of special-purpose blocks (RFC 6890) are probed. */
  readonly specialPurpose: boolean
  /** Whether the block of this prefix, as text, is this prober's. */
  readonly owns: (prefix: string) => boolean
}

export interface TargetPlan {
  /** Heaviest first. */
  readonly targets: readonly Wanted[]
  readonly kinds: Readonly<Record<TargetKind, number>>
  readonly leftOut: Readonly<Record<LeftOut, number>>
  readonly blocks: { readonly head: number; readonly tail: number }
}

/** Blocks that make this share of the demand are measured often. */
const HEAD_SHARE = 0.9
/** Resolvers of one block beyond this say nothing more of it. */
const MOST_OF_A_BLOCK = 4
const MOST_TARGETS = 100_000

interface Member extends Target {
  readonly kind: TargetKind
  /** Queries per second that it asked itself. */
  readonly qps: number
}
interface Group {
  readonly key: string
  readonly members: Member[]
  weight: number
}

/**
 * Whom this prober measures, and how often: blocks in the order of what their clients and resolvers ask, in the head as many as make 90 % of it, with
 * all of the mesh and of the targets file; of each block the heaviest resolvers.
 */
export function planTargets(candidates: Candidates, rules: TargetRules): TargetPlan {
  const leftOut = zeroes(LEFT_OUT)
  const groups = groupsOf(membersOf(candidates, rules), rules, leftOut)
  const index = new DemandIndex(candidates.demand)
  for (const group of groups) {
    group.weight = group.members.reduce((sum, { qps }) => sum + qps, index.of(group.members[0]!.prefix))
    group.members.sort((a, b) => rank(a) - rank(b) || b.qps - a.qps)
    leftOut.crowded += group.members.splice(MOST_OF_A_BLOCK).length
  }
  groups.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1))
  return chosen(groups, rules, leftOut)
}

function membersOf({ mesh, file, resolvers }: Candidates, { port }: TargetRules): Member[] {
  const given = [...mesh.map(target => withKind(target, 'mesh')), ...file.map(target => withKind(target, 'file'))]
  const known = new Set(given.map(({ address }) => address))
  for (const { address, qps } of resolvers)
    if (!known.has(address)) given.push({ address, port, prefix: leafOf(address), kind: 'resolver', qps })
  return given
}

const withKind = (target: Target, kind: TargetKind): Member => ({ ...target, kind, qps: 0 })
/** What was asked for by name goes before what was only seen. */
const rank = ({ kind }: Member): number => (kind === 'resolver' ? 1 : 0)

/** Those that may be probed, by block. */
function groupsOf(members: readonly Member[], rules: TargetRules, leftOut: Record<LeftOut, number>): Group[] {
  const groups = new Map<string, Group>()
  const peer = newPeer()
  for (const member of members) {
    if (!readPeer(member.address, peer) || rules.optOut.has(peer)) leftOut['opted-out']++
    else if (!rules.specialPurpose && specialPurposeBlock(leafOf(member.address)) !== null) leftOut['special-purpose']++
    else {
      const key = formatPrefix(member.prefix)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { key, members: [member], weight: 0 })
      else group.members.push(member)
    }
  }
  return [...groups.values()]
}

function chosen(groups: readonly Group[], { owns }: TargetRules, leftOut: Record<LeftOut, number>): TargetPlan {
  const all = groups.reduce((sum, { weight }) => sum + weight, 0)
  const targets: Wanted[] = []
  const kinds = zeroes(TARGET_KINDS)
  const blocks = { head: 0, tail: 0 }
  let before = 0
  let count = 0
  for (const { key, members, weight } of groups) {
    const isTail = before >= HEAD_SHARE * all && all > 0 && members.every(({ kind }) => kind === 'resolver')
    before += weight
    count += members.length
    if (count > MOST_TARGETS) leftOut.surplus += members.length
    else if (!owns(key)) leftOut.elsewhere += members.length
    else {
      blocks[isTail ? 'tail' : 'head']++
      for (const { kind, qps, ...target } of members) {
        kinds[kind]++
        targets.push({ ...target, tail: isTail })
      }
    }
  }
  return { targets, kinds, leftOut, blocks }
}

const zeroes = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map(key => [key, 0])) as Record<K, number>
