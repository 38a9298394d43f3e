import { configOption } from './config-option.ts'
import { createLog } from './log.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn serve -c /etc/kingcdn/kingcdn.yaml

SIGHUP reloads, SIGTERM and SIGINT drain and stop.
`

export function addServe(program: Program, shell: Shell): void {
  program
    .command('serve')
    .description('run the nameserver with everything the configuration asks for')
    .addOption(configOption())
    .option('--strict', 'refuse to start when a zone or a database does not load', false)
    .addHelpText('after', EXAMPLE)
    .action(options =>
      shell.run(async () => {
        const { serve } = await import('../main.ts')
        return serve({ ...options, createLog })
      }),
    )
}
