import { fillOf } from '../plan/fill.ts'
import { configOption, jsonOption, requireConfig } from './config-option.ts'
import type { Io } from './io.ts'
import type { Program, Shell } from './shell.ts'
import { formatTable } from './table.ts'

const EXAMPLE = `
Examples:
  kingcdn cluster fill
  kingcdn cluster fill --json | jq -r '.[] | select(.classes) | [.cluster, .classes[]] | @tsv'

For whatever copies content to the clusters: those that list content classes must be given them before clients come; the others pull what they lack.
`

/** `cluster fill`: what should be where, from the configuration alone. */
export function addFill(cluster: Program, shell: Shell): void {
  cluster
    .command('fill')
    .description('what content each cluster must hold')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action(options => shell.run(() => print(options, shell.io)))
}

async function print({ config: file, json }: { config: string; json?: true }, io: Io): Promise<number> {
  const manifest = fillOf((await requireConfig(file)).config.deployment)
  if (json) io.out(`${JSON.stringify(manifest, null, 2)}\n`)
  else {
    const rows = manifest.map(({ cluster, classes, services }) => [
      cluster,
      classes === null ? 'pulls' : `push ${classes.join(', ')}`,
      services.length === 0 ? '-' : services.join(', '),
    ])
    io.out(formatTable([{ title: 'cluster' }, { title: 'content' }, { title: 'serves' }], rows))
  }
  return 0
}
