import { jsonSchema, optionsPage } from '../config/manual.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Example:
  kingcdn docs options > docs/options.md
  kingcdn docs schema > kingcdn.schema.json
  kingcdn docs openapi > openapi.json
`

/** Hidden: for whoever changes the option table, or writes a client of the HTTP API. */
export function addDocs(program: Program, shell: Shell): void {
  const docs = program
    .command('docs', { hidden: true })
    .helpCommand(false)
    .description('print what is generated from the option table and the HTTP API')
    .addHelpText('after', EXAMPLE)
  const print = (name: string, about: string, text: () => string | Promise<string>): void => {
    docs
      .command(name)
      .description(about)
      .action(() =>
        shell.run(async () => {
          shell.io.out(await text())
          return 0
        }),
      )
  }
  print('options', 'docs/options.md', optionsPage)
  print('schema', 'kingcdn.schema.json', jsonSchema)
  print('openapi', 'the HTTP API as an OpenAPI document, as GET /v1/openapi.json gives it', async () => {
    const { apiDocument } = await import('../http/api-document.ts')
    return `${JSON.stringify(apiDocument(), null, 2)}\n`
  })
}
