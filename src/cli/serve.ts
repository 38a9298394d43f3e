import { configOption } from './config-option.ts'
import { createLog } from './log.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn serve -c /etc/kingcdn/kingcdn.yaml

SIGHUP reloads, SIGTERM and SIGINT drain and stop. With --take-over it starts beside the one that serves from the same state folder, which
ends when this one answers; kingcdn upgrade does that from within.
`

export function addServe(program: Program, shell: Shell): void {
  program
    .command('serve')
    .description('run the nameserver with everything the configuration asks for')
    .addOption(configOption())
    .option('--strict', 'refuse to start when a zone or a database does not load', false)
    .option('--take-over', 'take the place of the one that serves now, if any, without a pause', false)
    .addHelpText('after', EXAMPLE)
    .action(options =>
      shell.run(async () => {
        const { serve } = await import('../main.ts')
        return serve({ ...options, createLog })
      }),
    )
}
