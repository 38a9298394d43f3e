import { byId, copyable, html, renew } from './dom.js'
import { remark } from './table.js'
import { age, amount, loadWord, percent, shedWord, stateOf, stateWord } from './words.js'

/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */

/**
 * Everything of one cluster, or a list of several that stand at one place.
 * @param {readonly ClusterStatus[]} clusters none hides it
 * @param {(id: string) => void} select '' closes it
 */
export function drawDetail(clusters, select) {
  const panel = byId('detail')
  const [cluster] = clusters
  panel.hidden = cluster === undefined
  if (cluster === undefined) return
  const parts = clusters.length === 1 ? oneCluster(cluster) : [listOf(clusters, select)]
  const title = clusters.length === 1 ? `${cluster.id}, ${cluster.tier}` : `${clusters.length} clusters at one place`
  const close = html('button', { type: 'button', class: 'quiet' }, 'Close')
  close.addEventListener('click', () => select(''))
  const text = parts.map(part => part.textContent).join('\n')
  if (panel.dataset.text === text) return
  panel.dataset.text = text
  renew(panel, [html('div', { class: 'head' }, html('h2', { id: 'detail-title' }, title), close), ...parts])
}

/** @param {ClusterStatus} cluster */
function oneCluster(cluster) {
  const { id, location, country, services, servers, planned, floor } = cluster
  const isDrained = cluster.drain !== null || cluster.drained > 0
  const pairs = html('dl', { class: 'pairs' })
  const add = (/** @type {string} */ name, /** @type {Node | string} */ value) => {
    if (value !== '') pairs.append(html('dt', {}, name), html('dd', {}, value))
  }
  add('State', html('span', { class: `state ${stateOf(cluster)}` }, stateWord(cluster)))
  add('Drain', isDrained ? remark({ ...cluster, checked: null }) : '')
  add('Place', `${country ?? 'no country'}, ${location.lat}, ${location.lon}`)
  add('Load', `${loadWord(cluster)}${cluster.loadAgeMs === null ? '' : `, ${age(cluster.loadAgeMs)} old`}`)
  add('Target', `${percent(cluster.target)}, ${amount(cluster.target * cluster.capacity, cluster.unit)}`)
  add('Planned', planned === null ? '' : `settles at ${percent(planned)}`)
  add(
    'Shed',
    cluster.level === 0 && floor === 0
      ? 'none'
      : `${shedWord(cluster)} now, at least ${percent(floor / 256)} by the allocation`,
  )
  for (const family of cluster.checked?.families ?? [])
    add(
      `IPv${family.family}`,
      `${family.health}: ${family.up} up, ${family.down} down, ${family.unknown} unknown${family.warming > 0 ? `, ${family.warming} in slow start` : ''}`,
    )
  if (cluster.checked === null) add('Servers', `${servers}, checked by nobody`)
  add(
    'Down',
    (cluster.checked?.down ?? [])
      .map(
        ({ server, family, cause, voices }) =>
          `${server} (IPv${family}, ${cause}, by ${voices[0]} of ${voices[1]} monitors)`,
      )
      .join('; '),
  )
  add('Services', services.join(', '))
  add('Answers', `${cluster.answers.toLocaleString('en')} since the start`)
  const safe = /^[a-z0-9-]+$/.test(id)
  const commands = safe
    ? [isDrained ? `kingcdn cluster restore ${id}` : `kingcdn cluster drain ${id} --for 2h --reason "why"`]
    : []
  return [pairs, ...commands.map(copyable)]
}

/** @param {readonly ClusterStatus[]} clusters @param {(id: string) => void} select */
function listOf(clusters, select) {
  return html(
    'div',
    { class: 'many' },
    ...clusters.map(cluster => {
      const name = html('button', { type: 'button', class: 'name' }, cluster.id)
      name.addEventListener('click', () => select(cluster.id))
      return html('div', {}, name, html('span', { class: `state ${stateOf(cluster)}` }, ` ${stateWord(cluster)}`))
    }),
  )
}
