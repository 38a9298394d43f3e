import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { addressOf, mountsOf, readCompose } from '../fixture/compose.ts'
import { readRoot } from '../fixture/grafana.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const compose = readCompose()
const services = Object.entries(compose.services)
const ours = services.filter(([, { image }]) => image.startsWith('kingcdn:'))
const nameservers = ours.filter(([, { command }]) => command?.[0] === 'serve')

async function configOf(command: readonly string[]): Promise<Config> {
  const { config, problems } = await loadConfig(`${ROOT}${command[command.indexOf('-c') + 1]}`)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return config!
}

test('the services', () => {
  const names = services.map(([name]) => name)
  expect(names).toEqual(
    [
      'ns1',
      'ns2',
      'prober',
      'fill',
      'origin',
      'icn-kt-1',
      'nrt-ix-1',
      'fra-core-1',
      'resolver',
      'viewer',
      'redis',
    ].concat(['prometheus', 'grafana']),
  )
})

describe.each(services)('%s', (name, service) => {
  test('has a pinned image', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/)
    expect(service.build === undefined).toBe(!service.image.startsWith('kingcdn'))
    if (service.build !== undefined) expect(existsSync(`${ROOT}${service.build}/Dockerfile`), service.build).toBe(true)
  })

  test('has a health check, or says why not', () => {
    const inImage = service.image.startsWith('kingcdn:') && service.command?.[0] === 'serve'
    // One runs to its end, the other waits for a person.
    const disabled = service.healthcheck?.disable === true && ['fill', 'viewer'].includes(name)
    expect(inImage || disabled || (service.healthcheck?.test?.length ?? 0) > 0).toBe(true)
  })

  test('cannot write its root, has no root user, and no capability but port 53', () => {
    const isOurs = service.image.startsWith('kingcdn:')
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.cap_add).toEqual(isOurs ? ['NET_BIND_SERVICE'] : undefined)
    // With no-new-privileges the capability of the image's node would be lost.
    expect(service.security_opt).toEqual(isOurs ? [] : ['no-new-privileges:true'])
    if (!isOurs) expect(service.user).toMatch(/^(?!root|0$)\w+$/)
  })

  test('mounts what exists, read-only, and volumes that are declared', () => {
    for (const { source, target, mode } of mountsOf(service)) {
      expect(target).toMatch(/^\//)
      if (source.startsWith('./')) {
        expect(existsSync(`${ROOT}${source}`), source).toBe(true)
        expect(mode, source).toBe('ro')
      } else expect(Object.keys(compose.volumes)).toContain(source)
    }
  })

  test('is published on loopback only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+\/(udp|tcp)$/)
  })
})

test('each has an address of its own in the one network', () => {
  const addresses = services.map(([, service]) => addressOf(service))
  expect(new Set(addresses).size).toBe(services.length)
  for (const address of addresses) expect(address).toMatch(/^172\.30\.53\.\d+$/)
})

test('waits only for services that there are', () => {
  for (const [, { depends_on = {} }] of services)
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const { healthcheck } = compose.services[name]!
      expect(condition).toBe(healthcheck?.disable === true ? 'service_completed_successfully' : 'service_healthy')
    }
})

test('no two services publish the same port', () => {
  const published = services.flatMap(([, { ports = [] }]) => ports.map(port => port.replace(/:\d+\/(\w+)$/, '/$1')))
  expect(new Set(published).size).toBe(published.length)
})

describe.each(ours.filter(([, { entrypoint }]) => entrypoint === undefined))(
  'the command of %s',
  (_, { command = [] }) => {
    const sources = readdirSync(`${ROOT}src/cli`).map(file => readRoot(`src/cli/${file}`))

    test('is one that the program has, with options that it has', () => {
      const source = sources.find(text => text.includes(`.command('${command[0]}')`)) ?? ''
      expect(source, command[0]).not.toBe('')
      for (const option of command.filter(word => word.startsWith('--'))) expect(source).toContain(`'${option} <`)
      expect(sources.some(text => text.includes("'-c, --config <"))).toBe(true)
    })

    test('names files that are mounted where it looks for them', () => {
      for (const word of command.filter(word => word.includes('/'))) {
        expect(existsSync(`${ROOT}${word}`), word).toBe(true)
        const inImage = `/app/${word}`
        const mounted = mountsOf(compose.services.ns1!).some(
          ({ source, target }) => inImage.startsWith(`${target}/`) && target === `/app/${source.slice(2)}`,
        )
        expect(mounted, word).toBe(true)
      }
    })
  },
)

describe.each(nameservers)('the configuration of %s', (name, service) => {
  test('leaves who it is to the host name', async () => {
    expect(parse(readRoot(service.command!.at(-1)!))).not.toHaveProperty('node')
    expect(service.hostname).toBe(name)
  })

  test('listens on the ports that are published', async () => {
    const { listen } = await configOf(service.command!)
    const inside = (service.ports ?? []).map(port => port.split(':')[2]).sort()
    const [dns] = listen.dns
    expect(listen.dns).toHaveLength(1)
    expect([dns, listen.http].map(endpoint => endpoint?.address)).toEqual(['0.0.0.0', '0.0.0.0'])
    expect(inside).toEqual([`${dns!.port}/tcp`, `${dns!.port}/udp`, `${listen.http!.port}/tcp`].sort())
  })

  test('uses the Redis, the token and the state volume that the compose file gives', async () => {
    const config = await configOf(service.command!)
    expect(Object.keys(compose.services)).toContain(new URL(config.store).hostname)
    const { token } = config.http
    expect(token?.kind === 'env' ? Object.keys(service.environment ?? {}) : []).toEqual([
      token?.kind === 'env' ? token.name : '',
    ])
    expect(mountsOf(service).filter(({ target }) => target === config.state)).toHaveLength(1)
  })

  test('reads only files that are in the image or mounted', async () => {
    const { deployment } = await configOf(service.command!)
    const there = ['geo-data/', ...mountsOf(service).map(({ source }) => `${source.slice(2)}/`)]
    const files = [...deployment.zones.map(({ file }) => file), ...deployment.geo.city, ...deployment.geo.asn]
    for (const file of files) {
      expect(existsSync(file), file).toBe(true)
      expect(
        there.some(folder => file.slice(ROOT.length).startsWith(folder)),
        file,
      ).toBe(true)
    }
  })
})

test('the nameservers serve one configuration, each from a state volume of its own', () => {
  expect(new Set(nameservers.map(([, { command }]) => command!.join(' '))).size).toBe(1)
  const volumes = nameservers.flatMap(([, service]) => mountsOf(service).filter(({ mode }) => mode === ''))
  expect(new Set(volumes.map(({ source }) => source)).size).toBe(2)
})

test('zones, configuration and resolver name the addresses of the compose file', async () => {
  const { deployment } = await configOf(compose.services.ns1!.command!)
  const edges = deployment.clusters.flatMap(({ servers }) => servers.map(({ id, ipv4 }) => [id, ipv4]))
  expect(edges.map(([id]) => [id, addressOf(compose.services[id!]!)])).toEqual(edges)
  const [ns1, ns2, origin] = ['ns1', 'ns2', 'origin'].map(name => addressOf(compose.services[name]!))
  for (const { file } of deployment.zones) {
    const text = readRoot(file.slice(ROOT.length))
    expect([/^ns1 +IN A +(\S+)/m.exec(text)?.[1], /^ns2 +IN A +(\S+)/m.exec(text)?.[1]]).toEqual([ns1, ns2])
  }
  expect(readRoot('examples/compose/zones/netcinema.com.zone')).toMatch(new RegExp(`^www +IN A +${origin}`, 'm'))
  const stubs = [...readRoot('examples/compose/viewer/unbound.conf').matchAll(/stub-addr: (\S+)/g)].map(
    ([, address]) => address,
  )
  expect(stubs).toEqual([ns1, ns2, ns1, ns2])
  expect(compose.services.viewer!.dns).toEqual([addressOf(compose.services.resolver!)])
})

test('the film is whole: both manifests name segments that there are, and nothing else lies beside them', () => {
  const folder = 'examples/compose/content/6Y7B23V'
  const mpd = readRoot(`${folder}/manifest.mpd`)
  const [, seconds, part] = /mediaPresentationDuration="PT(\d+)[\s\S]*?maxSegmentDuration="PT(\d+)/
    .exec(mpd)!
    .map(Number)
  const id = /<Representation id="(\w+)"/.exec(mpd)![1]!
  const named = (attribute: string, number = 0) =>
    new RegExp(`${attribute}="([^"]+)"`)
      .exec(mpd)![1]!
      .replace('$RepresentationID$', id)
      .replace('$Number$', String(number))
  const dash = [named('initialization'), ...Array.from({ length: seconds! / part! }, (_, i) => named('media', i + 1))]
  const [, playlist] = /^(\S+\.m3u8)$/m.exec(readRoot(`${folder}/master.m3u8`))!
  const hls = [...readRoot(`${folder}/${playlist}`).matchAll(/^#EXT-X-MAP:URI="(.*)"|^([^#\n]+)$/gm)].map(
    ([, map, line]) => map ?? line,
  )
  expect(hls).toEqual(dash)
  const files = ['manifest.mpd', 'master.m3u8', playlist!, ...dash].sort()
  expect(readdirSync(`${ROOT}${folder}`).sort()).toEqual(files)
  const popular = readRoot('examples/compose/content/popular.txt').trim().split('\n')
  expect(popular.sort()).toEqual(files.map(file => `/6Y7B23V/${file}`))
  for (const segment of dash.slice(1))
    expect(readFileSync(`${ROOT}${folder}/${segment}`).subarray(4, 8).toString()).toBe('styp')
})

test('Prometheus scrapes every nameserver and the prober under their names', async () => {
  const prometheus = parse(readRoot('prometheus/prometheus.yml')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
  }
  const targets = prometheus.scrape_configs.flatMap(job =>
    job.static_configs.flatMap(group => group.targets.map(target => [job.job_name, target])),
  )
  const { listen, probe } = await configOf(compose.services.ns1!.command!)
  const scraped = nameservers.map(([name]) => ['kingcdn', `${name}:${listen.http!.port}`])
  expect(targets).toEqual([...scraped, ['kingcdn-probe', `prober:${probe.http!.port}`]])
  expect(compose.services.prober!.healthcheck!.test!.join(' ')).toContain(`http://127.0.0.1:${probe.http!.port}/`)
})

test('Grafana asks the Prometheus of the compose file', () => {
  const { datasources } = parse(readRoot('grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: { url: string }[]
  }
  const url = new URL(datasources[0]!.url)
  expect(compose.services[url.hostname]?.ports).toEqual([`127.0.0.1:${url.port}:${url.port}/tcp`])
})

test('the prober probes at a configured cluster', async () => {
  const { command } = compose.services.prober!
  const config = await configOf(command!)
  expect(config.deployment.clusters.map(({ id }) => id)).toContain(command![command!.indexOf('--cluster') + 1])
})
