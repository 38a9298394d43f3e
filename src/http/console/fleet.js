import { byId, html } from './dom.js'
import { age } from './words.js'

/** @typedef {import('../../model/status.ts').Status} Status */

/** @type {Readonly<Record<string, string>>} */
const TONES = { up: 'up', silent: 'down', stopped: 'unknown' }

/** The nameservers that were heard of, and the zones that are not loaded. @param {Status} status */
export function drawFleet({ fleet, zones, node, now }) {
  byId('fleet').replaceChildren(
    ...fleet.map(each =>
      html(
        'tr',
        {},
        html(
          'th',
          { scope: 'row' },
          each.node,
          html(
            'small',
            {},
            [each.node === node ? 'this one' : '', each.leader ? 'leads' : ''].filter(Boolean).join(', '),
          ),
        ),
        html('td', { class: `state ${TONES[each.state] ?? ''}` }, each.state),
        html(
          'td',
          { class: 'n' },
          `${each.generation}`,
          html('small', {}, each.builtAt ? `${age(now - each.builtAt)} old` : 'none'),
        ),
        html('td', { class: 'n' }, `${each.planSeq}`),
        html('td', { class: 'n' }, `${each.alarms ?? '–'}`),
        html('td', { class: 'n' }, `${age(now - each.at)} ago`),
      ),
    ),
  )
  const broken = zones.filter(({ error }) => error !== null)
  byId('zone-card').hidden = broken.length === 0
  byId('zones').replaceChildren(
    ...broken.map(({ origin, file, error }) =>
      html('li', {}, `${origin} (${file}): `, html('span', { class: 'fault' }, error)),
    ),
  )
}
