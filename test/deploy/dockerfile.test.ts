import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { readCompose, readDockerfile } from '../fixture/compose.ts'
import { readRoot } from '../fixture/grafana.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const stages = readDockerfile()
const [build, final] = stages
const all = (name: string, stage = final!) =>
  stage.filter(instruction => instruction.name === name).map(({ rest }) => rest)
const manifest = JSON.parse(readRoot('package.json')) as {
  version: string
  engines: { node: string }
  scripts: Record<string, string>
}

test('two stages on one pinned Node that the program accepts', () => {
  expect(stages).toHaveLength(2)
  const images = stages.map(([from]) => from!.rest.split(' ')[0])
  expect(new Set(images).size).toBe(1)
  const version = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(images[0]!)
  const least = /^>=(\d+)\.(\d+)$/.exec(manifest.engines.node)
  expect(version, images[0]).not.toBeNull()
  expect(Number(version![1])).toBe(Number(least![1]))
  expect(Number(version![2])).toBeGreaterThanOrEqual(Number(least![2]))
})

/** The files of the repository that an npm script names, also by way of the scripts that it runs. */
function filesOf(script: string): string[] {
  const line = manifest.scripts[script]
  if (line === undefined) throw new Error(`package.json has no script ${script}`)
  const inner = [...line.matchAll(/npm run (?:--silent )?(\S+)/g)].flatMap(([, name]) => filesOf(name!))
  return [...inner, ...line.split(' ').filter(word => existsSync(`${ROOT}${word}`))]
}

test('every script of the build stage runs after the files that it names are there', () => {
  const copied: string[] = []
  const run: string[] = []
  for (const { name, rest } of build!) {
    if (name === 'COPY') copied.push(...rest.split(' ').slice(0, -1))
    const script = name === 'RUN' ? /^npm run (\S+)$/.exec(rest)?.[1] : undefined
    if (script === undefined) continue
    run.push(script)
    for (const file of filesOf(script))
      expect(
        copied.some(path => file === path || file.startsWith(`${path}/`)),
        `${script} names ${file}`,
      ).toBe(true)
  }
  expect(run).toEqual(['build'])
  expect(filesOf('build')).toEqual(expect.arrayContaining(['tsconfig.build.json', 'geo-data/build.ts']))
})

test('the final stage installs no tools of development', () => {
  expect(all('RUN')[1]).toBe('npm ci --omit=dev && npm cache clean --force')
})

test('copies what exists, what git knows and what .dockerignore lets through', () => {
  const admitted = readRoot('.dockerignore')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1))
  for (const stage of stages) {
    for (const copy of all('COPY', stage).filter(rest => !rest.startsWith('--from'))) {
      for (const source of copy.split(' ').slice(0, -1)) {
        expect(existsSync(`${ROOT}${source}`), source).toBe(true)
        expect(
          admitted.some(path => source === path || source.startsWith(`${path}/`)),
          source,
        ).toBe(true)
      }
    }
  }
})

test('brings everything that the program reads beside its own code', () => {
  const copied = all('COPY').flatMap(rest => rest.split(' ').filter(word => !word.startsWith('--')))
  for (const path of ['package.json', 'bin', '/app/geo-data', 'zones', 'src/http/console', '/app/dist'])
    expect(copied).toContain(path)
  const target = /new URL\('\.\.\/\.\.\/(.*)', import\.meta\.url\)/.exec(readRoot('src/http/console.ts'))?.[1]
  expect(target).toBe('src/http/console/')
  const main = readRoot('src/cli/main.ts')
  for (const [, path] of main.matchAll(/new URL\('\.\.\/\.\.\/([^']+)'/g)) expect(copied).toContain(path)
})

test('runs as a user without rights, and owns its state folder', async () => {
  const [user] = all('USER')
  expect(user).toBe('node')
  const { config } = await loadConfig(`${ROOT}examples/compose/kingcdn.yaml`)
  expect(all('VOLUME')).toEqual([config!.state])
  expect(all('RUN').at(-1)).toContain(`install -d -o ${user} -g ${user} ${config!.state}`)
})

test('node may take port 53, and nothing else', () => {
  const setcap = all('RUN').flatMap(rest => rest.split('&&').filter(part => part.includes('setcap')))
  expect(setcap.map(part => part.trim())).toEqual(['setcap cap_net_bind_service=+ep /usr/local/bin/node'])
})

test('exposes and checks the ports of the compose configuration', async () => {
  const { config } = await loadConfig(`${ROOT}examples/compose/kingcdn.yaml`)
  const dns = config!.listen.dns[0]!.port
  const http = config!.listen.http!.port
  expect(all('EXPOSE')).toEqual([`${dns}/udp ${dns}/tcp ${http}/tcp`])
  expect(all('HEALTHCHECK')[0]).toContain(`http://127.0.0.1:${http}/livez`)
})

test('the health check is a program that runs and fails when nothing answers', () => {
  const command = JSON.parse(/CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0]!)![1]!) as string[]
  const unreachable = command.map(word => word.replace(':9153', ':1'))
  expect(unreachable[0]).toBe('node')
  expect(() => execFileSync(process.execPath, unreachable.slice(1), { stdio: 'pipe' })).toThrow(/Command failed/)
})

test('starts the program of package.json, with a command it has', () => {
  expect(JSON.parse(all('ENTRYPOINT')[0]!)).toEqual(['node', '/app/bin/kingcdn.js'])
  const command = JSON.parse(all('CMD')[0]!) as string[]
  expect(readRoot(`src/cli/${command[0]}.ts`)).toContain(`.command('${command[0]}')`)
})

test('the image of the compose file carries the version of package.json', () => {
  const images = Object.values(readCompose().services).map(({ image }) => image)
  expect(images).toContain(`kingcdn:${manifest.version}`)
})
