import { Class, Rcode } from '../../../src/wire/constants.ts'
import { RrType } from '../../../src/wire/rdata/type.ts'
import { aliasCount, chainOf, type Facts, factsOf, isPartOf, onlyAliases, onlyRepeats, refers } from './facts.ts'
import type { ForeignName } from './servers.ts'

/** A way in which other servers answer otherwise, and why that is as it should be. `docs/conformance.md` is made of these. */
export interface AcceptedDifference {
  readonly servers: readonly ForeignName[]
  readonly theirs: string
  readonly ours: string
  /** Who does what the text demands. */
  readonly right: 'ours' | 'theirs' | 'either'
  readonly section: string
  readonly matches: (facts: Facts) => boolean
}

/** A zone that a server does not load, so that it is not asked about it. */
export interface NotLoaded {
  readonly server: ForeignName
  readonly origin: string
  readonly why: string
  readonly section: string
}

export const NOT_LOADED: readonly NotLoaded[] = [
  {
    server: 'named',
    origin: 'star.example',
    why: 'refuses a zone that has NS at a wildcard; here it is loaded, with a warning',
    section: 'RFC 4592 section 4.2',
  },
]

const CHAINS: readonly AcceptedDifference[] = [
  {
    servers: ['named', 'knotd'],
    theirs: 'a chain of aliases ends where it leaves the zone, also where the next zone is served by the same server',
    ours: 'it is followed through all zones served here',
    right: 'ours',
    section: 'RFC 1034 section 4.3.2 step 3a ("go back to step 1")',
    matches: f => {
      const [last, target] = chainOf(f.theirs.answer, f.name).slice(-2)
      if (!f.plain || f.theirs.rcode !== Rcode.NOERROR || target === undefined) return false
      return f.zoneOf(last!) !== f.zoneOf(target) && (f.ours.tc || isPartOf(f.theirs.answer, f.ours.answer))
    },
  },
  {
    servers: ['named'],
    theirs: 'a loop of aliases, or a chain of more than eleven, is SERVFAIL with the records met so far',
    ours: 'NOERROR: every record once, at most seventeen; a resolver goes on where the chain ends, or sees the loop',
    right: 'either',
    section: 'RFC 1034 section 3.6.2',
    matches: f => f.plain && f.theirs.rcode === Rcode.SERVFAIL && (isLoop(f) || aliasCount(f.ours.answer) >= 11),
  },
  {
    servers: ['knotd'],
    theirs: 'a chain ends after five aliases',
    ours: 'after seventeen',
    right: 'either',
    section: 'RFC 1034 section 3.6.2',
    matches: f => f.plain && aliasCount(f.theirs.answer) === 5 && (f.ours.tc || aliasCount(f.ours.answer) > 5),
  },
  {
    servers: ['nsd'],
    theirs: 'a chain has no end but its own',
    ours: 'it ends after seventeen aliases',
    right: 'either',
    section: 'RFC 1034 section 3.6.2',
    matches: f =>
      f.plain &&
      (aliasCount(f.ours.answer) === 17 || f.ours.tc) &&
      (aliasCount(f.theirs.answer) >= 17 || f.theirs.tc) &&
      f.parts !== 'authority glue',
  },
  {
    servers: ['nsd'],
    theirs: 'a DNAME whose target lies below its owner is followed once',
    ours: 'as often as any chain goes on',
    right: 'ours',
    section: 'RFC 6672 section 3.2 step 3c',
    matches: f => f.parts === 'answer' && aliasCount(f.ours.answer) === 17 && aliasCount(f.theirs.answer) === 1,
  },
  {
    servers: ['knotd'],
    theirs: 'aliases in a circle are repeated',
    ours: 'every record stands once',
    right: 'ours',
    section: 'RFC 2181 section 5',
    matches: f => f.parts === 'answer' && onlyRepeats(f.ours.answer, f.theirs.answer),
  },
  {
    servers: ['nsd'],
    theirs: 'a query for RRSIG or NSEC at a CNAME follows it',
    ours: 'both types may stand beside a CNAME, so the name has none of them: no data',
    right: 'ours',
    section: 'RFC 4035 section 2.5',
    matches: f =>
      (f.type === RrType.RRSIG || f.type === RrType.NSEC) && f.ours.answer === '' && aliasCount(f.theirs.answer) > 0,
  },
  {
    servers: ['nsd', 'knotd'],
    theirs: 'a query for ANY below a DNAME goes on to its target',
    ours: 'the CNAME made from the DNAME is an answer to ANY',
    right: 'either',
    section: 'RFC 8482 section 4.1',
    matches: f =>
      f.type === RrType.ANY &&
      factsOf(f.ours.answer).some(r => r.type === RrType.DNAME) &&
      (f.theirs.tc || isPartOf(f.ours.answer, f.theirs.answer)),
  },
]

const REFERRALS: readonly AcceptedDifference[] = [
  {
    servers: ['named', 'nsd'],
    theirs: 'glue of servers inside the delegated zone that does not fit is left out without TC',
    ours: 'TC',
    right: 'ours',
    section: 'RFC 9471 section 3.1',
    matches: f => f.ours.tc && !f.theirs.tc && !f.tcp && refers(f.theirs),
  },
  {
    servers: ['named'],
    theirs: 'such glue is left out although it would fit',
    ours: 'it is there',
    right: 'ours',
    section: 'RFC 9471 section 3.1',
    matches: f => f.parts === 'glue' && !f.tcp && f.theirs.glue !== '' && isPartOf(f.theirs.glue, f.ours.glue),
  },
  {
    servers: ['named', 'nsd', 'knotd'],
    theirs: 'a referral that would just fit gets TC, in Knot for less compression',
    ours: 'TC only where something demanded does not fit',
    right: 'either',
    section: 'RFC 2181 section 9, RFC 1035 section 4.1.4',
    matches: f => !f.ours.tc && f.theirs.tc && !f.tcp && refers(f.ours),
  },
  {
    servers: ['named', 'nsd', 'knotd'],
    theirs: 'addresses of servers outside the delegated zone: others come first, or fewer fit',
    ours: 'in the order of the NS records, as many as fit',
    right: 'either',
    section: 'RFC 9471 section 3.2',
    matches: f => f.parts === 'sibling' && !f.tcp && (f.within('big.example.') || f.within('sib.example.com.')),
  },
  {
    servers: ['named'],
    theirs: 'a server whose name lies in the delegating zone itself gets no address',
    ours: 'whatever addresses are known',
    right: 'either',
    section: 'RFC 1034 section 4.3.2 step 3b',
    matches: f =>
      f.parts === 'sibling' &&
      sameZone(f, f.ours.sibling) !== sameZone(f, f.theirs.sibling) &&
      sameZone(f, f.ours.sibling, `ns.${f.referringZone}`) === sameZone(f, f.theirs.sibling),
  },
  {
    servers: ['named', 'nsd', 'knotd'],
    theirs: "glue of a server in a child zone that is served here, too, is the parent's copy",
    ours: 'the addresses that the child zone itself has',
    right: 'ours',
    section: 'RFC 1034 section 4.3.2 step 3b ("if the addresses are not available from authoritative data")',
    matches: f => f.parts === 'sibling' && sameZone(f, f.ours.sibling) === sameZone(f, f.theirs.sibling),
  },
  {
    servers: ['named', 'nsd', 'knotd'],
    theirs: 'DS of a zone that its parent zone does not delegate is denied by the parent: NXDOMAIN',
    ours: 'no data, from the zone itself: NXDOMAIN would take the whole zone away from a resolver that follows RFC 8020',
    right: 'either',
    section: 'RFC 4035 section 3.1.4.1',
    matches: f => f.type === RrType.DS && f.name === 'a.b.c.cut.example.' && f.zoneOf(f.name) === f.name,
  },
  {
    servers: ['named'],
    theirs: 'NSEC at a zone cut is answered with authority',
    ours: 'a referral, as for every type but DS',
    right: 'either',
    section: 'RFC 4035 section 2.6',
    matches: f =>
      f.type === RrType.NSEC &&
      refers(f.ours) &&
      f.theirs.aa &&
      factsOf(f.theirs.answer).every(r => r.type === RrType.NSEC),
  },
]

const NAMES: readonly AcceptedDifference[] = [
  {
    servers: ['nsd', 'knotd'],
    theirs: 'NS at a wildcard makes a cut of the names it covers, DNAME at a wildcard redirects below them',
    ours: 'both are data like any other',
    right: 'either',
    section: 'RFC 4592 sections 4.2 and 4.4 (undefined)',
    matches: f => f.within('ns.star.example.') || f.within('dname.star.example.'),
  },
  {
    servers: ['nsd'],
    theirs: 'a name that occurs below a cut of the parent zone is an empty non-terminal of the child zone',
    ours: 'a zone consists of its own records: NXDOMAIN',
    right: 'ours',
    section: 'RFC 1034 section 4.2.1',
    matches: f => f.parts === 'rcode' && f.ours.rcode === Rcode.NXDOMAIN && f.within('deep.ours.cut.example.'),
  },
  {
    servers: ['knotd'],
    theirs: 'an RRset that is too large even for TCP is SERVFAIL',
    ours: 'TC',
    right: 'either',
    section: 'RFC 2181 section 9',
    matches: f => f.tcp && f.ours.tc && f.theirs.rcode === Rcode.SERVFAIL,
  },
  {
    servers: ['named', 'knotd'],
    theirs: 'a query for RRSIG gets one of the signatures, over UDP at least',
    ours: 'the whole set',
    right: 'either',
    section: 'RFC 4035 section 2.2 (signatures of one owner are no RRset)',
    matches: f => f.parts === 'answer' && f.type === RrType.RRSIG && isPartOf(f.theirs.answer, f.ours.answer),
  },
]

const QUESTIONS: readonly AcceptedDifference[] = [
  {
    servers: ['named'],
    theirs: 'a class that is not served is FORMERR or NOTIMP',
    ours: 'REFUSED, as for every name that is not served',
    right: 'either',
    section: 'RFC 1035 section 4.1.1',
    matches: f => f.class !== 1 && isRcode(f, Rcode.REFUSED, Rcode.FORMERR, Rcode.NOTIMP),
  },
  {
    servers: ['nsd', 'knotd'],
    theirs: 'class ANY is answered as IN is',
    ours: 'REFUSED: an answer for all classes would need to know them all',
    right: 'either',
    section: 'RFC 1035 section 3.2.5',
    matches: f => f.class === Class.ANY && isRcode(f, Rcode.REFUSED, Rcode.NOERROR, Rcode.NXDOMAIN),
  },
  {
    servers: ['nsd', 'knotd'],
    theirs: 'OPT, TSIG, TKEY and NXNAME as QTYPE are types that no name has',
    ours: 'FORMERR: none of them can be asked for',
    right: 'ours',
    section: 'RFC 9824 section 3.1, RFC 6895 section 3.1',
    matches: f => META.has(f.type) && isRcode(f, Rcode.FORMERR, Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.REFUSED),
  },
  {
    servers: ['named'],
    theirs: 'MAILA and MAILB as QTYPE are NOTIMP',
    ours: 'types that no name has',
    right: 'either',
    section: 'RFC 1035 section 3.2.3',
    matches: f => (f.type === MAILA || f.type === MAILB) && f.theirs.rcode === Rcode.NOTIMP,
  },
  {
    servers: ['knotd'],
    theirs: 'QTYPE 0 is NOTIMP',
    ours: 'a type that no name has',
    right: 'either',
    section: 'RFC 6895 section 3.1',
    matches: f => f.type === 0 && f.theirs.rcode === Rcode.NOTIMP,
  },
  {
    servers: ['named', 'nsd', 'knotd'],
    theirs: 'zone transfer that is not to be had: REFUSED, NOTAUTH or, over UDP, NOTIMP',
    ours: 'REFUSED; AXFR over UDP is FORMERR',
    right: 'either',
    section: 'RFC 5936 sections 2.2.1 and 4.2',
    matches: f =>
      (f.type === RrType.AXFR || f.type === RrType.IXFR) &&
      [Rcode.REFUSED, Rcode.NOTAUTH, Rcode.NOTIMP].some(rcode => rcode === f.theirs.rcode),
  },
]

const MAILB = 253
const MAILA = 254
const META = new Set<number>([RrType.OPT, RrType.TSIG, RrType.TKEY, RrType.NXNAME])

export const ACCEPTED: readonly AcceptedDifference[] = [...CHAINS, ...REFERRALS, ...NAMES, ...QUESTIONS]

/** Our RCODE, and one of theirs. */
function isRcode(f: Facts, ours: number, ...theirs: number[]): boolean {
  return f.ours.rcode === ours && theirs.includes(f.theirs.rcode)
}

/** A chain without end: aliases that lead back, or that were cut off for want of room. */
function isLoop(f: Facts): boolean {
  return f.ours.tc || (onlyAliases(f.ours.answer) && f.ours.authority === '')
}

/** Records whose owners lie in the very zone that answers, `without` left out. */
function sameZone(f: Facts, section: string, without = ''): string {
  return section
    .split('\n')
    .filter(line => f.zoneOf(line.split(' ')[0]!) === f.referringZone && !line.startsWith(`${without} `))
    .join('\n')
}
