import { upgrade } from '../process/predecessor.ts'
import { configOption, requireConfig } from './config-option.ts'
import { Failure } from './failure.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn upgrade -c /etc/kingcdn/kingcdn.yaml

The running nameserver starts the program that is installed now beside itself. When the new one answers, the old one answers what has reached it
and ends. If the new one does not come to answer, the old one serves on, and the exit code is 1.
`

export function addUpgrade(program: Program, shell: Shell): void {
  program
    .command('upgrade')
    .description('replace the running nameserver by the program that is installed now, without a pause')
    .addOption(configOption())
    .addHelpText('after', EXAMPLE)
    .action(({ config }) =>
      shell.run(async () => {
        const pid = await upgrade((await requireConfig(config)).config.state).catch((error: Error) => {
          throw new Failure(error.message)
        })
        shell.io.out(`process ${pid} answers now\n`)
        return 0
      }),
    )
}
