import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Complete, RootCommand } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { namesIn } from '../config/names.ts'
import type { Program, Shell } from './shell.ts'

const EXAMPLE = `
Examples:
  kingcdn completion bash > /etc/bash_completion.d/kingcdn
  kingcdn completion zsh > "\${fpath[1]}/_kingcdn"
  kingcdn completion fish > ~/.config/fish/completions/kingcdn.fish

Cluster ids and names are completed from the configuration (-c, or kingcdn.yaml).
`

/** `kingcdn completion <shell>`, and the hidden command by which the shell asks. Walks the commands that the program has: comes last. */
export function addCompletion(program: Program, shell: Shell): void {
  const root = tab(program as unknown as Command, { completionCommandName: 'completion' })
  program.commands
    .find(command => command.name() === 'completion')
    ?.description('print the completion script of a shell')
    .addHelpText('after', EXAMPLE)
  const names = () => namesIn(textOf(configPath(process.argv, shell.io.cwd)))
  const clusters = (complete: Complete) => {
    for (const id of names().clusters) complete(id, 'cluster')
  }
  const services = (complete: Complete) => {
    for (const name of names().services) complete(name, 'name of a service')
  }
  for (const command of ['cluster drain', 'cluster restore']) argument(root, command, 'id', clusters)
  argument(root, 'explain', 'name', services)
  root.commands.get('probe')?.option('cluster', 'cluster that it runs at', clusters)
}

function argument(root: RootCommand, command: string, name: string, complete: (complete: Complete) => void): void {
  const found = root.commands.get(command)
  if (found?.arguments.has(name) !== true) throw new Error(`${command} has no argument <${name}>`)
  found.argument(name, complete)
}

/** The value of the last `-c` among the words typed so far. */
function configPath(words: readonly string[], cwd: string): string {
  const at = words.findLastIndex(word => word === '-c' || word === '--config')
  return resolve(cwd, (at === -1 ? undefined : words[at + 1]) ?? 'kingcdn.yaml')
}

/** A Tab never complains: a file that cannot be read has no names. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
