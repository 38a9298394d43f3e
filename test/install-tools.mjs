// Brings the Debian packages that the tests use. With CI=true or TEST_INSTALL=1, as root, they are installed; otherwise this says what is missing.
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** program -> Debian package */
const TOOLS = {
  'redis-server': 'redis-server',
  dig: 'bind9-dnsutils',
  named: 'bind9',
  'named-checkzone': 'bind9-utils',
  'named-compilezone': 'bind9-utils',
  nsd: 'nsd',
  gdnsd: 'gdnsd',
  'nsd-checkzone': 'nsd',
  knotd: 'knot',
  kdig: 'knot-dnsutils',
  kzonecheck: 'knot-dnssecutils',
  drill: 'ldnsutils',
  unbound: 'unbound',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  dnsperf: 'dnsperf',
  'dnstap-ldns': 'dnstap-ldns',
  fstrm_capture: 'fstrm-bin',
  'zonemaster-cli': 'zonemaster-cli',
  chromium: 'chromium',
  ip: 'iproute2',
  ss: 'iproute2',
  nginx: 'nginx',
  nsenter: 'util-linux',
  openssl: 'openssl',
  'systemd-analyze': 'systemd',
  nft: 'nftables',
  bird: 'bird2',
  'dh_bash-completion': 'bash-completion',
}

const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
const runnable = program =>
  path.some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Modules that no program on the path stands for: file below a folder of `/usr/lib` -> Debian package. */
const MODULES = { 'knot/modules-3.2/geoip.so': 'knot-module-geoip' }
const installed = file => readdirSync('/usr/lib').some(folder => existsSync(join('/usr/lib', folder, file)))

const PACKAGES = { ...TOOLS, ...MODULES }
const absent = () => [
  ...Object.keys(TOOLS).filter(program => !runnable(program)),
  ...Object.keys(MODULES).filter(file => !installed(file)),
]
const missing = absent()
if (missing.length === 0) process.exit(0)

const packages = [...new Set(missing.map(each => PACKAGES[each]))]
const wanted = process.env.CI === 'true' || process.env.TEST_INSTALL === '1'
if (!wanted || process.getuid?.() !== 0 || !runnable('apt-get')) {
  console.log(`Missing test tools: ${missing.join(', ')}. Tests that need them are skipped.`)
  console.log(`Install them:  apt-get install -y --no-install-recommends ${packages.join(' ')}`)
  console.log('or, as root on Debian:  TEST_INSTALL=1 npm test')
  process.exit(0)
}

// Debian starts a daemon when its package is installed; the tests start their own, on their own ports.
const POLICY = '/usr/sbin/policy-rc.d'
const ours = !existsSync(POLICY)
if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
try {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  console.log(`Installing ${packages.join(' ')}`)
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  if (spawnSync('apt-get', install, { env, stdio: 'ignore' }).status !== 0) {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'inherit' })
    execFileSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
} finally {
  if (ours) rmSync(POLICY, { force: true })
}
const still = absent()
if (still.length > 0) {
  console.error(`Still missing after the installation: ${still.join(', ')}`)
  process.exit(1)
}
