/**
 * Runs the benches: all of them, or those that are named. Each is a process of its own and writes its section of bench/results.md when it is done, so
 * that a run that was broken off goes on with the claims that are left.
 *
 * usage: npm run bench [-- <claim>...]   npm run bench -- --list
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Exit code of a bench that was interrupted. */
const BROKEN_OFF = 130

/** Name of the file without `.ts` -> what its head claims. */
const claims = new Map(
  readdirSync(import.meta.dirname)
    .filter(file => file.endsWith('.ts'))
    .sort()
    .flatMap(file => {
      const claim = claimOf(readFileSync(join(import.meta.dirname, file), 'utf8'))
      return claim === null ? [] : [[file.slice(0, -'.ts'.length), claim] as const]
    }),
)

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => name !== '--list' && !claims.has(name))
if (unknown.length > 0) {
  console.error(`no bench of that name: ${unknown.join(', ')}. There are: ${[...claims.keys()].join(', ')}`)
  process.exitCode = 2
} else if (wanted.includes('--list')) for (const [name, claim] of claims) console.log(`${name}: ${claim}`)
else run(wanted.length > 0 ? wanted : [...claims.keys()])

function run(names: readonly string[]): void {
  const startedAt = performance.now()
  const failed: string[] = []
  // Ctrl-C goes to the bench as well, which puts everything back; this process is to say what is left.
  process.on('SIGINT', () => undefined)
  for (const [done, name] of names.entries()) {
    console.error(`${name} (${done + 1} of ${names.length})`)
    const { status, signal } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`)],
      {
        stdio: 'inherit',
      },
    )
    if (signal !== null || status === BROKEN_OFF) {
      left(names.slice(done))
      return
    }
    if (status !== 0) failed.push(name)
  }
  console.error(`${names.length} benches in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`)
  if (failed.length > 0) left(failed)
}

function left(names: readonly string[]): void {
  console.error(`without a result: ${names.join(', ')}. Again: npm run bench -- ${names.join(' ')}`)
  process.exitCode = 1
}

/** The sentence behind "Claim:" in the comment at the head of a file; null when it makes none. */
function claimOf(source: string): string | null {
  const head = /^\/\*\*\n(.*?)\*\//s.exec(source)?.[1] ?? ''
  const claim = /^ \* Claim: (.*?)(?:^ \*\s*$|$(?![\s\S]))/ms.exec(head)?.[1]
  return claim === undefined ? null : claim.replace(/\s*\n \* /g, ' ').trim()
}
