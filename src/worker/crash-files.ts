import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Files kept in the folder; the oldest go first. */
const KEPT = 20

/** What was in a dead worker's ring. */
export interface LastMessages {
  /** Oldest first. */
  readonly messages: readonly Uint8Array[]
  /** The one it died in; null when it was idle. */
  readonly deadly: Uint8Array | null
}

/** Writes the last messages of a dead worker into `folder`, whose newest 20 files stay; returns the file. */
export async function keepCrash(folder: string, worker: string, { messages, deadly }: LastMessages): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${worker}-${Date.now()}.txt`)
  const head = `# last messages of ${worker}, oldest first, hex; ${deadly === null ? 'it died idle' : 'it died in the last one'}`
  const lines = messages.map(message => Buffer.from(message).toString('hex'))
  await writeFile(file, `${[head, ...lines].join('\n')}\n`)
  await prune(folder)
  return file
}

async function prune(folder: string): Promise<void> {
  const dated = (await readdir(folder)).flatMap(name => {
    const at = /-(\d+)\.txt$/.exec(name)?.[1]
    return at === undefined ? [] : [{ name, at: Number(at) }]
  })
  dated.sort((a, b) => b.at - a.at)
  await Promise.all(dated.slice(KEPT).map(({ name }) => rm(join(folder, name), { force: true })))
}
