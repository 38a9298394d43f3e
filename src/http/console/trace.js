import { getJson, Refusal } from './api.js'
import { byId, html, renew, setText } from './dom.js'
import { sentence, trailParts } from './trail.js'

/** @typedef {import('../../model/status.ts').Status} Status */
/** @typedef {import('../../model/trail.ts').Trail} Trail */
/** @typedef {{ readonly name: string, readonly client: string, readonly type: string }} Question */

const PATIENCE_MS = 10_000
const OTHER = 'other'

/** The form: where does a client go, and why. */
export class Trace {
  /** @param {(trail: Trail | null, question: Question) => void} found null: the question has no answer */
  constructor(found) {
    this.found = found
    this.form = /** @type {HTMLFormElement} */ (byId('trace'))
    this.service = /** @type {HTMLSelectElement} */ (this.field('service'))
    this.other = /** @type {HTMLInputElement} */ (this.field(OTHER))
    /** @type {Question | null} */
    this.question = null
    this.isAsking = false
    this.shown = ''
    /** What the list of services was made from. @type {string | null} */
    this.names = null
    this.service.addEventListener('change', () => this.showOther())
    this.form.addEventListener('submit', event => {
      event.preventDefault()
      const name = this.service.value === OTHER ? this.other.value.trim() : this.service.value
      void this.ask({ name, client: this.field('client').value.trim(), type: this.field('type').value }, true)
    })
  }

  /** @param {string} name */
  field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (this.form.elements.namedItem(name))
  }

  /** Keeps the list of services, and asks again: what is true of a client changes with every load and drain. @param {Status} status */
  update({ services }) {
    const names = services.map(({ id, cdnName }) => `${id} ${cdnName}`).join('\n')
    if (names !== this.names) {
      this.names = names
      const kept = this.service.value
      this.service.replaceChildren(
        ...services.map(({ id, cdnName }) => html('option', { value: cdnName }, `${id} (${cdnName})`)),
        html('option', { value: OTHER }, 'another name …'),
      )
      if (kept !== '') this.choose(kept)
      else this.showOther()
      if (this.question !== null) this.choose(this.question.name)
    }
    if (this.question !== null && !this.isAsking) void this.ask(this.question, false)
  }

  /** Puts a question that came with the address of the page into the form. @param {Question} question */
  fill(question) {
    this.choose(question.name)
    this.field('client').value = question.client
    this.field('type').value = question.type
    if (question.client !== '') void this.ask(question, true)
  }

  /** @param {string} name */
  choose(name) {
    const wanted = name.replace(/\.$/, '').toLowerCase()
    const listed = [...this.service.options].find(({ value }) => value.replace(/\.$/, '').toLowerCase() === wanted)
    this.service.value = listed?.value ?? OTHER
    if (listed === undefined) this.other.value = name
    this.showOther()
  }

  showOther() {
    const isOther = this.service.value === OTHER
    byId(OTHER).hidden = !isOther
    this.other.required = isOther
  }

  /**
   * @param {Question} question
   * @param {boolean} aloud whether somebody waits for it
   */
  async ask(question, aloud) {
    this.question = question
    this.isAsking = true
    if (aloud) this.wait()
    try {
      const trail = await getJson(`/v1/explain?${new URLSearchParams({ ...question })}`, PATIENCE_MS)
      if (this.question === question) this.show(trail, question, aloud)
    } catch (error) {
      if (this.question !== question) return
      // A server that is away keeps what it said last; the page says already that it is.
      if (error instanceof Refusal) this.fail(error.message, question)
      else if (aloud) this.fail('no answer from the server', question)
    } finally {
      if (this.question === question) this.isAsking = false
    }
  }

  wait() {
    this.shown = ''
    byId('trail').replaceChildren(html('p', {}, 'asking …'))
  }

  /** @param {Trail} trail @param {Question} question @param {boolean} aloud */
  show(trail, question, aloud) {
    const text = JSON.stringify(trail)
    if (text !== this.shown) renew(byId('trail'), trailParts(trail))
    this.shown = text
    if (aloud) setText(byId('said'), sentence(trail))
    this.found(trail, question)
  }

  /** @param {string} message @param {Question} question */
  fail(message, question) {
    this.shown = ''
    byId('trail').replaceChildren(html('p', { class: 'fault' }, message))
    setText(byId('said'), message)
    this.found(null, question)
  }
}
