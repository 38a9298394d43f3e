import { choice, path, text } from '../kind/name.ts'
import { integer, share, size } from '../kind/number.ts'
import { group, option } from '../option.ts'

const outFile = text('a path, relative to this file, or - for standard output', /^[^\0\n\r]{1,4096}$/, 'is not a path')
const maxSize = option(
  size('64KiB', '1024GiB'),
  'A file that would grow beyond is moved to `<file>.1`, in the place of the one before.',
  '1GiB',
)

const lineLog = group({
  file: option(outFile, 'Where the lines go; appended.'),
  sample: option(share(), 'Share of the messages, drawn by lot, that is logged.', 1),
  maxSize,
})

const dnstap = group({
  socket: option(
    path,
    'Unix socket that a reader listens on, such as `fstrm_capture`. Either `socket` or `file`.',
  ).optional(),
  file: option(path, 'File of frames. One with something in it is moved to `<file>.1` at the start.').optional(),
  sample: option(share(), 'Share of the messages, drawn by lot, that is logged.', 1),
  what: option(choice(['all', 'queries', 'responses']), 'AUTH_QUERY, AUTH_RESPONSE, or both.', 'all'),
  identity: option(
    text('at most 255 printable characters of ASCII', /^[ -~]{0,255}$/, 'is not such a line'),
    'Who speaks. Default: `node`.',
  ).optional(),
  maxSize,
}).refine(({ socket, file }) => (socket === undefined) !== (file === undefined), {
  error: 'needs one of socket and file, and only one',
})

export const logSchema = group({
  level: option(choice(['debug', 'info', 'warn', 'error', 'silent']), 'Least severity that is written.', 'info'),
  format: option(choice(['auto', 'json', 'text']), 'auto: text on a terminal, else JSON lines.', 'auto'),
  repeats: option(
    integer(0, 1_000_000, 'lines a minute'),
    'Lines of one kind, which differ in numbers, addresses and quoted words only, that are written in a minute; of more only the number ' +
      'is told. 0 = no limit.',
    60,
  ),
  clients: option(
    choice(['whole', 'block']),
    'block: in the logs of queries the addresses of clients and their subnets are cut to /24 (IPv4) and /56 (IPv6), and ports left out.',
    'whole',
  ),
  queries: option(lineLog, 'Log of queries, as JSON lines. Left out: none.').optional(),
  decisions: option(lineLog, 'Log of decisions: why routed answers are what they are. Left out: none.').optional(),
  dnstap: option(dnstap, 'Queries and responses as dnstap. Left out: none.').optional(),
})
