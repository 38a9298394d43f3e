// Copies content to the servers of the clusters that do not pull: what `kingcdn cluster fill` says, file by file, by PUT.
//
//   node examples/compose/fill.mjs examples/compose/kingcdn.yaml http://origin
//
// A file list of each class of content is at the origin: <class>.txt. Ends with 1 when something could not be copied.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const PUT_PORT = 8081
const [config, origin] = process.argv.slice(2)
const program = fileURLToPath(new URL('../../bin/kingcdn.js', import.meta.url))

async function read(path) {
  const reply = await fetch(`${origin}${path}`)
  if (!reply.ok) throw new Error(`${origin}${path}: ${reply.status}`)
  return new Uint8Array(await reply.arrayBuffer())
}

async function write(address, path, body) {
  const reply = await fetch(`http://${address}:${PUT_PORT}${path}`, { method: 'PUT', body })
  if (!reply.ok) throw new Error(`http://${address}:${PUT_PORT}${path}: ${reply.status}`)
}

async function fill({ servers }, classes) {
  const lists = await Promise.all(classes.map(name => read(`/${name}.txt`)))
  const paths = lists.flatMap(list => new TextDecoder().decode(list).split('\n').filter(Boolean))
  for (const path of paths) {
    const body = await read(path)
    await Promise.all(servers.map(({ ipv4 }) => write(ipv4, path, body)))
  }
  return paths.length
}

const wanted = JSON.parse(execFileSync(process.execPath, [program, 'cluster', 'fill', '--json', '-c', config]))
const { clusters } = parse(readFileSync(config, 'utf8'))
for (const { cluster, classes } of wanted) {
  if (classes === null) continue
  const count = await fill(
    clusters.find(({ id }) => id === cluster),
    classes,
  )
  console.log(`${cluster}: ${count} files of ${classes.join(', ')}`)
}
