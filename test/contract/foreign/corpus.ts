import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CDN_EXAMPLE, EXAMPLE_COM, OURS_EXAMPLE_COM } from '../../answer/zones.ts'
import { BIG_EXAMPLE, MANY_EXAMPLE } from './generated.ts'

/** Zones that are served together. */
export interface Corpus {
  readonly name: string
  /** Master file by origin; the root is `.`, other origins have no final dot. */
  readonly zones: ReadonlyMap<string, string>
}

const FOLDER = join(import.meta.dirname, 'zones')

function filesOf(folder: string): [origin: string, text: string][] {
  return readdirSync(join(FOLDER, folder)).map(file => {
    const origin = file === 'root.zone' ? '.' : file.slice(0, -'.zone'.length)
    return [origin, readFileSync(join(FOLDER, folder, file), 'utf8')]
  })
}

/** Side by side: what none of them holds is REFUSED. */
export const APART: Corpus = {
  name: 'zones side by side',
  zones: new Map([
    ...filesOf('apart'),
    ['big.example', BIG_EXAMPLE],
    ['many.example', MANY_EXAMPLE],
    ['example.com', EXAMPLE_COM],
    ['ours.example.com', OURS_EXAMPLE_COM],
    ['cdn.example', CDN_EXAMPLE],
  ]),
}

/** From the root down: every name is in a zone. */
export const TREE: Corpus = { name: 'a tree from the root down', zones: new Map(filesOf('tree')) }

export const CORPORA: readonly Corpus[] = [APART, TREE]
