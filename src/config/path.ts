/** A place inside a YAML document: keys and list indexes from the root. */
export type Path = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z0-9_-]+$/
const STEP = /^(?:\.?([A-Za-z0-9_-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/

/** `clusters[2].capacity`; a key with other letters stands as `["10.0.0.0/8"]`. '' is the whole document. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** The inverse of {@link formatPath}; what cannot be read is left off, so that the place is at least near. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = []
  let rest = text
  for (let match = STEP.exec(rest); match !== null; match = STEP.exec(rest)) {
    if (match[1] !== undefined) path.push(match[1])
    else if (match[2] !== undefined) path.push(Number(match[2]))
    else path.push(JSON.parse(match[3]!) as string)
    rest = rest.slice(match[0].length)
  }
  return path
}
