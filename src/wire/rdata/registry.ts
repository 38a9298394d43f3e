import { a } from './a.ts'
import { aaaa } from './aaaa.ts'
import { afsdb } from './afsdb.ts'
import { apl } from './apl.ts'
import { caa } from './caa.ts'
import { cert } from './cert.ts'
import { cname } from './cname.ts'
import { csync } from './csync.ts'
import { dhcid } from './dhcid.ts'
import { dname } from './dname.ts'
import { cdnskey, dnskey } from './dnskey.ts'
import { cds, ds } from './ds.ts'
import { eui48, eui64 } from './eui.ts'
import type { RdataType } from './field.ts'
import { hinfo } from './hinfo.ts'
import { ipseckey } from './ipseckey.ts'
import { kx } from './kx.ts'
import { loc } from './loc.ts'
import { mx } from './mx.ts'
import { naptr } from './naptr.ts'
import { ns } from './ns.ts'
import { nsec } from './nsec.ts'
import { nsec3 } from './nsec3.ts'
import { nsec3param } from './nsec3param.ts'
import { openpgpkey } from './openpgpkey.ts'
import { ptr } from './ptr.ts'
import { rp } from './rp.ts'
import { rrsig } from './rrsig.ts'
import { smimea } from './smimea.ts'
import { soa } from './soa.ts'
import { spf } from './spf.ts'
import { srv } from './srv.ts'
import { sshfp } from './sshfp.ts'
import { https, svcb } from './svcb.ts'
import { tlsa } from './tlsa.ts'
import { txt } from './txt.ts'
import { uri } from './uri.ts'
import { zonemd } from './zonemd.ts'

/** Every record type that has a presentation form of its own; all others are written as RFC 3597 says. */
export const RDATA_TYPES: readonly RdataType[] = [
  ...[a, aaaa, afsdb, apl, caa, cdnskey, cds, cert, cname, csync, dhcid, dname, dnskey, ds, eui48, eui64, hinfo],
  ...[https, ipseckey, kx, loc, mx, naptr, ns, nsec, nsec3, nsec3param, openpgpkey, ptr, rp, rrsig, smimea, soa],
  ...[spf, srv, sshfp, svcb, tlsa, txt, uri, zonemd],
]

const BY_CODE = new Map(RDATA_TYPES.map(type => [type.code, type]))

/** The codec of a TYPE number; undefined where only RFC 3597 form is understood. */
export function rdataType(type: number): RdataType | undefined {
  return BY_CODE.get(type)
}
