import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, lacking, type Site, versionOf } from '../contender.ts'

export const bind: Contender = {
  name: 'BIND',
  version: () => versionOf('named', '-v'),
  lacks: () => lacking({ named: 'bind9' }),
  prepare: (site, zone) => {
    const { folder, address, port, workers } = site
    const config = join(folder, 'named.conf')
    writeFileSync(
      config,
      `${tlsBlock(site)}options {
  directory "${folder}";
  listen-on port ${port} { ${address}; };
${tlsListen(site)}  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  minimal-responses yes;
  querylog no;
  notify no;
  dnssec-validation no;
  tcp-clients 1000;
};
controls { };
logging { category default { null; }; };
zone "${zone.origin}" { type primary; file "${zone.file}"; };
`,
    )
    return { program: 'named', args: ['-f', '-n', String(workers), '-c', config] }
  },
}

const tlsBlock = ({ tls }: Site): string =>
  tls === undefined ? '' : `tls bench { cert-file "${tls.certificate}"; key-file "${tls.key}"; };\n`

const tlsListen = ({ address, tls }: Site): string =>
  tls === undefined ? '' : `  listen-on port ${tls.port} tls bench { ${address}; };\n`
