import { familyOf, parseAddress } from '../base/ip.ts'
import type { Problem } from '../base/problem.ts'

/** Parses a list of those who do not want to be probed: an address or a prefix a line, `#` begins a comment. Every bad line is a problem. */
export function parseOptOut(text: string, file: string): { texts: string[]; problems: Problem[] } {
  const texts: string[] = []
  const problems: Problem[] = []
  text.split(/\r?\n/).forEach((raw, index) => {
    const word = raw.replace(/#.*/, '').trim()
    if (word === '') return
    if (isBlock(word)) texts.push(word)
    else
      problems.push({
        ...{ severity: 'error', file, line: index + 1, column: raw.search(/\S/) + 1 },
        message: `${JSON.stringify(word.slice(0, 60))} is no address and no prefix; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32`,
      })
  })
  return { texts, problems }
}

function isBlock(text: string): boolean {
  const [host = '', digits, ...more] = text.split('/')
  const address = parseAddress(host)
  if (address === null || more.length > 0) return false
  return digits === undefined || (/^\d{1,3}$/.test(digits) && Number(digits) <= (familyOf(address) === 4 ? 32 : 128))
}
