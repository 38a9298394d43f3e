import { counter, type Definition } from './definition.ts'

/** The HTTP API. */
export const HTTP: readonly Definition[] = [
  counter(
    'http_requests_total',
    ['outcome'],
    'Calls of the HTTP API, by outcome: ok, the code of the error, or dropped: refused for want of a connection.',
    ({ http }) => Object.entries(http.requests).map(([outcome, value]) => ({ labels: { outcome }, value })),
  ),
]
