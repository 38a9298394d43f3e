import { z } from 'zod'

/**
 * The building blocks of the option table. An option is declared once, as `option(kind, sentence, default)`; validation, the JSON Schema
 * and docs/options.md all read that one declaration.
 *
 *   kind    what values are legal: reads a raw YAML value, knows its own error message and its JSON Schema
 *   group   a mapping with fixed keys
 *   list    a list whose items are all of one kind
 *   table   a mapping whose keys the operator chooses
 */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string }

export const good = <T>(value: T): Reading<T> => ({ ok: true, value })
/** `fault` continues the sentence that begins with the value: `is not a rate`. */
export const bad = (fault: string): { readonly ok: false; readonly fault: string } => ({ ok: false, fault })

/** Reads a text with a parser that says null to what it does not know. */
export function readWith<T>(raw: unknown, parse: (text: string) => T | null, fault: string): Reading<T> {
  const value = typeof raw === 'string' ? parse(raw) : null
  return value === null ? bad(fault) : good(value)
}

export interface KindOf<T> {
  /** What is legal, as the end of a sentence: `a duration from 1s to 1h, such as 30s`. */
  readonly legal: string
  /** The same for machines: a JSON Schema fragment. */
  readonly json: Readonly<Record<string, unknown>>
  read(raw: unknown): Reading<T>
  /** How a value looks in a message, where it must not be shown as it is. */
  show?(raw: unknown): string
}

/** A scalar option type. Its messages are `"40Gps" is not a rate; try 40Gbps (...)` and, where it is absent, `missing; try ...`. */
export function kind<T>({ legal, json, read, show: display = show }: KindOf<T>) {
  return z
    .unknown()
    .transform((raw, ctx): T => {
      const reading = raw === undefined ? bad('missing') : raw === null ? bad('is empty') : read(raw)
      if (reading.ok) return reading.value
      const value = raw === undefined || raw === null ? '' : `${display(raw)} `
      ctx.issues.push({ code: 'custom', input: raw, message: `${value}${reading.fault}; ${legal}` })
      return z.NEVER
    })
    .meta({ ...json, legal })
}

/** Gives a kind its sentence and, if it need not be written, its default in the operator's own spelling. */
export function option<S extends z.ZodType>(schema: S, about: string, fallback: z.input<S>): z.ZodPrefault<S>
export function option<S extends z.ZodType>(schema: S, about: string): S
export function option<S extends z.ZodType>(schema: S, about: string, fallback?: z.input<S>) {
  return (fallback === undefined ? schema : schema.prefault(fallback as never)).meta({ description: about })
}

/** A mapping with fixed keys; any other key is an error. The message of an unknown key is the list of legal ones (see `issues.ts`). */
export function group<const Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? keys : notA('a mapping', issue.input, `keys: ${keys}`)),
  })
}

/** A list of `min` or more items; `legal` says of what, for the message and the manual. */
export function list<S extends z.ZodType>(item: S, legal: string, min = 0) {
  return z
    .array(item, { error: issue => notA('a list', issue.input, legal) })
    .min(min, { error: () => `is an empty list; ${legal}` })
    .meta({ legal })
}

/** A mapping with keys of the operator's own. */
export function table<S extends z.ZodType>(value: S, legal: string) {
  return z.record(z.string(), value, { error: issue => notA('a mapping', issue.input, legal) }).meta({ legal })
}

/** A value that has two spellings: `choose` looks at the raw value and names the schema that reads it. */
export function either<S extends z.ZodType>(
  choose: (raw: unknown) => S,
  { legal, json }: Pick<KindOf<unknown>, 'legal' | 'json'>,
) {
  return z
    .unknown()
    .transform((raw, ctx): z.output<S> => {
      const result = choose(raw).safeParse(raw)
      if (result.success) return result.data
      for (const issue of result.error.issues) ctx.issues.push({ ...issue, input: raw } as never)
      return z.NEVER
    })
    .meta({ ...json, legal })
}

function notA(what: string, raw: unknown, legal: string): string {
  if (raw === undefined) return `missing; ${legal}`
  if (raw === null) return `is empty; ${legal}`
  return `${show(raw)} is not ${what}; ${legal}`
}

/** A raw value as it appears in a message: quoted, on one line, at most 60 letters. */
export function show(raw: unknown): string {
  if (Array.isArray(raw)) return 'a list'
  if (typeof raw === 'object' && raw !== null) return 'a mapping'
  if (typeof raw !== 'string') return String(raw)
  return visible(JSON.stringify(raw.length > 60 ? `${raw.slice(0, 57)}...` : raw))
}

/** Nothing that could move a terminal's cursor or turn its writing round: control and direction characters as `\u001b`. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
