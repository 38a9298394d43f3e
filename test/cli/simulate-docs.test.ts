import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { stepsOf } from '../fixture/console-steps.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { cli, temporaryFolder, write } from './run.ts'

vi.setConfig({ testTimeout: 120_000 })

const PAGE = readFileSync(join(REPOSITORY, 'docs/simulate.md'), 'utf8')

const steps = stepsOf(PAGE).filter(
  ({ command }) => command.startsWith('npx kingcdn simulate') && !command.includes('bad.csv'),
)

test('docs/simulate.md has runs to compare', () => {
  expect(steps.length).toBeGreaterThanOrEqual(3)
})

/** Whoever changes what a run comes to pastes its output into the page. */
test.each(steps)('docs/simulate.md shows every digit of $command', async ({ command, expected }) => {
  const { code, out } = await inRepository(command)
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n')).toEqual(expected.join('\n').trimEnd().split('\n'))
})

test('docs/simulate.md shows what is said of a bad input', async () => {
  const [make, play] = stepsOf(PAGE).filter(({ command }) => command.includes('bad.csv'))
  const text = /^printf '(.*)' > bad\.csv$/.exec(make!.command)![1]!.replaceAll('\\n', '\n')
  const home = process.cwd()
  const folder = temporaryFolder()
  write(folder, 'bad.csv', text)
  process.chdir(folder)
  try {
    const { err, code } = await inRepository(play!.command.replace(' 2>&1 || true', ''))
    expect(err.trimEnd().split('\n')).toEqual(play!.expected)
    expect(code).toBe(1)
  } finally {
    process.chdir(home)
  }
})

test('docs/simulate.md shows the scenario as it is', () => {
  expect(PAGE).toContain(readFileSync(join(REPOSITORY, 'examples/simulate/evening.yaml'), 'utf8').trimEnd())
})

test('what the README simulates can be simulated', async () => {
  const commands = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('npx kingcdn simulate'))
  expect(commands.length).toBe(2)
  for (const command of commands) expect((await inRepository(command)).code, command).toBe(0)
})

function inRepository(command: string) {
  const words = command.replace('npx kingcdn ', '').split(' ')
  return cli(words.map(word => (word.startsWith('examples/') ? join(REPOSITORY, word) : word)))
}
