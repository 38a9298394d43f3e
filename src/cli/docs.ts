import { jsonSchema, optionsPage } from '../config/manual.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn docs options > docs/options.md
  kingcdn docs schema > kingcdn.schema.json
`

/** Hidden: for whoever changes the option table. */
export function addDocs(program: Program, shell: Shell): void {
  const docs = program
    .command('docs', { hidden: true })
    .description('print what is generated from the option table')
    .addHelpText('after', EXAMPLE)
  const print = (name: string, about: string, text: () => string): void => {
    docs
      .command(name)
      .description(about)
      .action(() =>
        shell.run(async () => {
          shell.io.out(text())
          return 0
        }),
      )
  }
  print('options', 'docs/options.md', optionsPage)
  print('schema', 'kingcdn.schema.json', jsonSchema)
}
