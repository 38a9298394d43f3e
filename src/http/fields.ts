import { Failure } from './failure.ts'
import type { Json } from './schema/schema.ts'

/** A value that is not legal, and what would be. */
export class Wrong {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** One field of a JSON object: its value when legal. */
export interface Field<T> {
  readonly required: boolean
  readonly read: (value: unknown) => T | Wrong
  /** What `read` takes, for the OpenAPI document; it may take less than this says, never more. */
  readonly schema: Json
}
export type Spec = Readonly<Record<string, Field<unknown>>>
export type Values<S extends Spec> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never }

const show = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 80)

/** A number in the range, both ends included unless `above` says that it must be greater than it. */
export function number(range: { min?: number; above?: number; max: number; whole?: boolean }): Field<number> {
  const from = range.above === undefined ? `at least ${range.min ?? 0}` : `above ${range.above}`
  const legal = `a ${range.whole === true ? 'whole ' : ''}number ${from} and at most ${range.max}`
  const least = range.above === undefined ? { minimum: range.min ?? 0 } : { exclusiveMinimum: range.above }
  return {
    required: true,
    schema: { type: range.whole === true ? 'integer' : 'number', ...least, maximum: range.max },
    read(value) {
      const ok =
        typeof value === 'number' &&
        Number.isFinite(value) &&
        value <= range.max &&
        (range.above === undefined ? value >= (range.min ?? 0) : value > range.above) &&
        (range.whole !== true || Number.isInteger(value))
      return ok ? value : new Wrong(`${show(value)} is not ${legal}`)
    },
  }
}

export const boolean: Field<boolean> = {
  required: true,
  schema: { type: 'boolean' },
  read: value => (typeof value === 'boolean' ? value : new Wrong(`${show(value)} is neither true nor false`)),
}

/** Text of at most `max` characters without control characters, trimmed. */
export function text(max: number): Field<string> {
  return {
    required: true,
    schema: { type: 'string', maxLength: max, pattern: '^[^\\u0000-\\u001f\\u007f]*$' },
    read(value) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      const ok = typeof value === 'string' && value.length <= max && !/[\u0000-\u001f\u007f]/.test(value)
      return ok ? value.trim() : new Wrong(`${show(value)} is not text of at most ${max} characters on one line`)
    },
  }
}

export function oneOf<T extends string>(...legal: readonly T[]): Field<T> {
  return {
    required: true,
    schema: { enum: legal },
    read: value => legal.find(word => word === value) ?? new Wrong(`${show(value)} is none of ${legal.join(', ')}`),
  }
}

/** Text that `parse` understands; `legal` tells people what that is. */
export function parsed<T>(parse: (text: string) => T | null, legal: string): Field<T> {
  return {
    required: true,
    schema: { type: 'string', description: legal },
    read: value => (typeof value === 'string' ? parse(value) : null) ?? new Wrong(`${show(value)} is not ${legal}`),
  }
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, required: false, read: value => (value === undefined ? undefined : field.read(value)) }
}

/** A list of objects with these fields, each of which is read by itself; `what` names them to people. */
export function listOf(item: Spec, most: number, what: string, more: Json = {}): Field<readonly unknown[]> {
  return {
    required: true,
    schema: { type: 'array', maxItems: most, items: { ...schemaOf(item), ...more } },
    read: value => (Array.isArray(value) ? value : new Wrong(`not an array of ${what}`)),
  }
}

/** The JSON Schema of an object with these fields and no others. */
export function schemaOf(spec: Spec): Json {
  const fields = Object.entries(spec)
  const required = fields.filter(([, field]) => field.required).map(([key]) => key)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([key, { schema }]) => [key, schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

/** Reads a JSON object by its fields. Gives every problem, never only the first; unknown fields are problems. */
export function readFields<S extends Spec>(input: unknown, spec: S): Values<S> | readonly string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [`${show(input)} is not an object`]
  const problems: string[] = []
  for (const key of Object.keys(input)) {
    if (!Object.hasOwn(spec, key)) problems.push(`unknown field ${show(key)}; legal: ${Object.keys(spec).join(', ')}`)
  }
  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(spec)) {
    const given = Object.hasOwn(input, key) ? (input as Record<string, unknown>)[key] : undefined
    if (given === undefined && field.required) problems.push(`${key} is missing`)
    const value = given === undefined ? undefined : field.read(given)
    if (value instanceof Wrong) problems.push(`${key}: ${value.message}`)
    else values[key] = value
  }
  return problems.length > 0 ? problems : (values as Values<S>)
}

export const isProblems = (read: object | readonly string[]): read is readonly string[] => Array.isArray(read)

/** As {@link readFields}; fails with 400 and all problems in one message. An absent body counts as `{}`. */
export function demandFields<S extends Spec>(input: unknown, spec: S): Values<S> {
  const read = readFields(input === undefined ? {} : input, spec)
  if (isProblems(read)) throw new Failure('bad-request', read.join('; '))
  return read
}

/** Query parameters, each given at most once; unknown ones are refused. */
export function demandQuery<K extends string>(query: URLSearchParams, legal: readonly K[]): Partial<Record<K, string>> {
  const values: Partial<Record<K, string>> = {}
  for (const [given, value] of query) {
    const key = legal.find(name => name === given)
    if (key === undefined) {
      const known = legal.length === 0 ? 'this call takes none' : `legal: ${legal.join(', ')}`
      throw new Failure('bad-request', `unknown parameter ${show(given)}; ${known}`)
    }
    if (values[key] !== undefined) throw new Failure('bad-request', `parameter ${key} is given twice`)
    values[key] = value
  }
  return values
}
