import { type LineReader, PullFault, type Reading } from './reading.ts'

/** The page has four lines; Tengine adds a word to two of them. */
const PAGE =
  /^Active connections: (\d{1,15}) *\nserver accepts handled requests[ a-z_]*\n *\d+ +\d+ +(\d{1,15})(?: +\d+)* *\nReading: \d+ Writing: \d+ Waiting: \d+ *\n*$/
const MOST_LINES = 8
const MOST_OCTETS = 1024

/** What nginx says of itself at a location with `stub_status` (ngx_http_stub_status_module). */
export class StubStatus implements LineReader {
  readonly #count: 'connections' | 'requests'
  #text = ''
  #lines = 0

  constructor(count: 'connections' | 'requests') {
    this.#count = count
  }

  line(text: string): void {
    this.#text += `${text.replace(/\r$/, '')}\n`
    if (++this.#lines > MOST_LINES || this.#text.length > MOST_OCTETS) throw new PullFault(NO_STATUS)
  }

  finish(): Reading {
    const page = PAGE.exec(this.#text)
    if (page === null) throw new PullFault(NO_STATUS)
    const value = Number(this.#count === 'connections' ? page[1] : page[2])
    return { series: new Map([[this.#count, value]]), at: null, own: 1 }
  }
}

const NO_STATUS = 'shows no stub_status page of nginx'
