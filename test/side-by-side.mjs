/**
 * Runs npm scripts side by side, prints what each has said when it ends, and fails where one does: `node test/side-by-side.mjs lint typecheck build`.
 */
import { spawn } from 'node:child_process'

const run = script =>
  new Promise(resolve => {
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(chunk))
    child.once('error', error => resolve({ script, code: 1, said: String(error) }))
    child.once('close', code => resolve({ script, code: code ?? 1, said: Buffer.concat(said).toString() }))
  })

await Promise.all(
  process.argv.slice(2).map(async script => {
    const { code, said } = await run(script)
    process.stderr.write(code === 0 ? said : `${said}\nnpm run ${script} failed\n`)
    if (code !== 0) process.exitCode = 1
  }),
)
