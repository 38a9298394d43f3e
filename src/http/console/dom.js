/** @typedef {Node | string | null | undefined} Child */
/** @typedef {Record<string, string | number>} Attributes */

const SVG = 'http://www.w3.org/2000/svg'

/**
 * `html('td', { class: 'n' }, 'text', child)`. Text is only ever set as text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 */
export function html(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children)
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children)
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  for (const child of children) if (child !== null && child !== undefined) element.append(child)
  return element
}

/**
 * The element of the page with that id.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element
}

/**
 * Leaves an element alone that has this text: no screen reader is disturbed.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Puts children into this order and moves only those that stand elsewhere; those not named are removed.
 * @param {Element} parent
 * @param {Element[]} children
 */
export function setChildren(parent, children) {
  const wanted = new Set(children)
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
  for (const [i, child] of children.entries())
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null)
}

const HELD = 'button, summary, .candidates, pre'

/**
 * Replaces everything inside, under the hand of who is reading it: what was open stays open, what was scrolled stays so, and the focus is not lost.
 * @param {Element} parent
 * @param {Node[]} children
 */
export function renew(parent, children) {
  const before = [...parent.querySelectorAll(HELD)]
  const focus = before.findIndex(element => element === document.activeElement)
  const open = [...parent.querySelectorAll('details')].map(details => details.open)
  const scrolled = before.map(({ scrollTop }) => scrollTop)
  parent.replaceChildren(...children)
  for (const [i, details] of parent.querySelectorAll('details').entries()) details.open = open[i] ?? false
  const after = parent.querySelectorAll(HELD)
  for (const [i, element] of after.entries()) if ((scrolled[i] ?? 0) > 0) element.scrollTop = scrolled[i] ?? 0
  const again = after[focus]
  if (again instanceof HTMLElement) again.focus({ preventScroll: true })
}

/**
 * A button that copies a command; where the browser gives no clipboard (plain http on another host) it selects the text.
 * @param {string} command
 */
export function copyable(command) {
  const code = html('code', {}, command)
  const button = html('button', { type: 'button', class: 'quiet', 'aria-label': `Copy: ${command}` }, 'Copy')
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command)
      button.textContent = 'Copied'
    } catch {
      getSelection()?.selectAllChildren(code)
      button.textContent = 'Selected'
    }
    setTimeout(() => setText(button, 'Copy'), 2000)
  })
  return html('div', { class: 'command' }, code, button)
}
