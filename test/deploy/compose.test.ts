import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { parseTargets } from '../../src/probe/targets.ts'
import { mountsOf, readCompose } from '../fixture/compose.ts'
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

test('two nameservers, a prober, Redis, Prometheus and Grafana', () => {
  expect(services.map(([name]) => name)).toEqual(['ns1', 'ns2', 'prober', 'redis', 'prometheus', 'grafana'])
})

describe.each(services)('%s', (_, service) => {
  test('has a pinned image', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/)
    expect(service.build === undefined).toBe(!service.image.startsWith('kingcdn:'))
  })

  test('has a health check, or says why not', () => {
    const inImage = service.image.startsWith('kingcdn:') && service.command?.[0] === 'serve'
    const disabled = service.healthcheck?.disable === true && service.command?.[0] === 'probe'
    expect(inImage || disabled || (service.healthcheck?.test?.length ?? 0) > 0).toBe(true)
  })

  test('cannot write its root, has no capability and no root user', () => {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toContain('no-new-privileges:true')
    if (!service.image.startsWith('kingcdn:')) expect(service.user).toMatch(/^(?!root|0$)\w+$/)
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

test('no two services publish the same port', () => {
  const published = services.flatMap(([, { ports = [] }]) => ports.map(port => port.replace(/:\d+\/(\w+)$/, '/$1')))
  expect(new Set(published).size).toBe(published.length)
})

describe.each(ours)('the command of %s', (_, { command = [] }) => {
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
})

describe.each(nameservers)('the configuration of %s', (name, service) => {
  test('is valid and says who it is', async () => {
    expect((await configOf(service.command!)).node).toBe(name)
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
    const copied = ['geo-data', 'zones']
    for (const { file } of deployment.zones) expect(existsSync(file), file).toBe(true)
    const files = [...deployment.zones.map(({ file }) => file), ...deployment.geo.city, ...deployment.geo.asn]
    for (const file of files) expect(copied, file).toContain(file.slice(ROOT.length).split('/')[0])
  })
})

test('the nameservers serve one configuration, each from a state volume of its own', async () => {
  const configs = await Promise.all(nameservers.map(([, { command }]) => configOf(command!)))
  expect(new Set(configs.map(({ hash }) => hash)).size).toBe(1)
  const texts = ['ns1', 'ns2'].map(name => readRoot(`examples/compose/${name}.yaml`).replaceAll(name, 'NODE'))
  const strip = (text: string) => text.replace(/^#.*\n/gm, '')
  expect(strip(texts[0]!)).toBe(strip(texts[1]!))
  const volumes = nameservers.flatMap(([, service]) => mountsOf(service).filter(({ mode }) => mode === ''))
  expect(new Set(volumes.map(({ source }) => source)).size).toBe(2)
})

test('Prometheus scrapes every nameserver under its name', async () => {
  const prometheus = parse(readRoot('prometheus/prometheus.yml')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[]
  }
  const targets = prometheus.scrape_configs.flatMap(job => job.static_configs.flatMap(group => group.targets))
  const wanted = await Promise.all(
    nameservers.map(async ([name, { command }]) => `${name}:${(await configOf(command!)).listen.http!.port}`),
  )
  expect(targets).toEqual(wanted)
})

test('Grafana asks the Prometheus of the compose file', () => {
  const { datasources } = parse(readRoot('grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: { url: string }[]
  }
  const url = new URL(datasources[0]!.url)
  expect(compose.services[url.hostname]?.ports).toEqual([`127.0.0.1:${url.port}:${url.port}/tcp`])
})

test('the prober probes at a configured cluster, and its targets are the nameservers', async () => {
  const { command } = compose.services.prober!
  const config = await configOf(command!)
  const after = (option: string) => command![command!.indexOf(option) + 1]!
  expect(config.deployment.clusters.map(({ id }) => id)).toContain(after('--cluster'))
  const { targets, problems } = parseTargets(readRoot(after('--targets')), after('--targets'), 53)
  expect(problems).toEqual([])
  const addresses = nameservers.flatMap(([, { networks }]) =>
    Object.values(networks).map(network => network.ipv4_address),
  )
  expect(targets.map(({ address }) => address)).toEqual(addresses)
})
