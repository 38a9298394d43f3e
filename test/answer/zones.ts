/** A zone that has every case of RFC 1034 section 4.3.2 in it. Owners are relative to `example.com.`. */
export const EXAMPLE_COM = `
$ORIGIN example.com.
$TTL 3600
@        SOA   ns1 hostmaster 2024010100 7200 3600 1209600 300
@        NS    ns1
@        NS    ns2
@        MX    10 mail
@        MX    20 mx.example.net.
@        TXT   "v=spf1 -all"
ns1      A     192.0.2.1
ns1      AAAA  2001:db8::1
ns2      A     192.0.2.2
mail     A     192.0.2.25
www 300  A     192.0.2.80
www 300  A     192.0.2.81
www 300  AAAA  2001:db8::80
deep.in.ent  TXT  "deep"
*.wild   A     192.0.2.99
*.wild   TXT   "any"
b.wild   TXT   "blocks"
x.e.wild TXT   "the ent blocks too"
*.wc     CNAME www
*.loose  CNAME q.loose
mid.*.lit TXT  "a star in the middle"
alias    CNAME www
chain1   CNAME chain2
chain2   CNAME alias
dangling CNAME nowhere
nodata   CNAME ns2
away     CNAME www.example.org.
sick     CNAME www.broken.example.
deleg    CNAME www.sub
self     CNAME self
loop1    CNAME loop2
loop2    CNAME loop1
${Array.from({ length: 20 }, (_, i) => `c${i} CNAME c${i + 1}`).join('\n')}
c20      A     192.0.2.20
old 600  DNAME new
old      TXT   "the owner itself stays"
host.new A     192.0.2.77
tolong   DNAME ${['a', 'b', 'c'].map(c => c.repeat(63)).join('.')}.example.net.
spin     DNAME spin.spin
sub      NS    ns.sub
sub      NS    ns.other
sub      NS    ns.example.net.
sub      DS    12345 13 2 ${'ab'.repeat(32)}
ns.sub   A     192.0.2.53
ns.sub   AAAA  2001:db8::53
other    NS    ns.other
ns.other A     192.0.2.54
${Array.from({ length: 13 }, (_, i) => `big NS a-rather-long-server-name-${i}.big`).join('\n')}
${Array.from({ length: 13 }, (_, i) => `a-rather-long-server-name-${i}.big A 198.51.100.${i}`).join('\n')}
${Array.from({ length: 13 }, (_, i) => `sib NS a-rather-long-server-name-${i}.sibling`).join('\n')}
${Array.from({ length: 13 }, (_, i) => `a-rather-long-server-name-${i}.sibling A 198.51.100.${i}`).join('\n')}
sibling  NS    a-rather-long-server-name-0.sibling
ours     NS    ns1.ours
ns1.ours A     192.0.2.90
huge     TXT   ${Array.from({ length: 8 }, (_, i) => `"${String(i).repeat(250)}"`).join(' ')}
wide     TXT   ${Array.from({ length: 4 }, (_, i) => `"${String(i).repeat(200)}"`).join(' ')}
tohuge   CNAME huge
${Array.from({ length: 40 }, (_, i) => `many A 198.51.100.${i}`).join('\n')}
${Array.from({ length: 20 }, (_, i) => `crowd MX ${i} h${i}.crowd`).join('\n')}
${Array.from({ length: 20 }, (_, i) => `h${i}.crowd A 203.0.113.${i}`).join('\n')}
_sip._tcp SRV  0 5 5060 mail
svc      HTTPS 1 . alpn=h2
svc      A     192.0.2.100
unknown  TYPE1000 \\# 3 010203
vip      CNAME a1105.cdn.example.
toshop   CNAME shop
`

/** The zone below a cut of example.com that is ours as well. */
export const OURS_EXAMPLE_COM = `
$ORIGIN ours.example.com.
$TTL 60
@    SOA  ns1 hostmaster 1 7200 3600 1209600 30
@    NS   ns1
ns1  A    192.0.2.90
www  A    192.0.2.91
`

export const CDN_EXAMPLE = `
$ORIGIN cdn.example.
$TTL 600
@     SOA  ns1 hostmaster 7 7200 3600 1209600 60
@     NS   ns1
ns1   A    192.0.2.10
a1105 TXT  "static data beside a service"
plain A    192.0.2.11
`
