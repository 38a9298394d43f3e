/** A JSON Schema (2020-12), or a part of one. */
export type Json = Readonly<Record<string, unknown>>

/**
 * The JSON Schema of what a value of type T becomes as JSON. `accepts` is never there: it lets the compiler see that every T fits, so that a
 * field which is new in the model, may be null, or may be left out, is a compile error here until its schema says so.
 */
export interface Schema<in T> {
  readonly json: Json
  /** Schemas that `json` refers to, by name. */
  readonly parts: ReadonlyMap<string, Json>
  readonly accepts?: (value: T) => void
}

/** Of a field that may be left out. */
export interface Maybe<in T> {
  readonly maybe: Schema<T>
}

type Shape<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Maybe<Exclude<T[K], undefined>> : Schema<T[K]>
}

const NONE: ReadonlyMap<string, Json> = new Map()

const plain = <T>(json: Json): Schema<T> => ({ json, parts: NONE })
const said = (about?: string): Json => (about === undefined ? {} : { description: about })

export const text = (about?: string): Schema<string> => plain({ type: 'string', ...said(about) })
export const number = (about?: string): Schema<number> => plain({ type: 'number', ...said(about) })
export const whole = (about?: string): Schema<number> => plain({ type: 'integer', minimum: 0, ...said(about) })
/** Unix ms. */
export const moment = (about?: string): Schema<number> =>
  plain({ type: 'number', minimum: 0, description: about === undefined ? 'Unix ms' : `${about}, Unix ms` })
export const flag = (about?: string): Schema<boolean> => plain({ type: 'boolean', ...said(about) })
/** A share, 0..1. */
export const share = (about?: string): Schema<number> =>
  plain({ type: 'number', minimum: 0, maximum: 1, ...said(about) })
export const percent = (about?: string): Schema<number> =>
  plain({ type: 'number', minimum: 0, maximum: 100, ...said(about) })

export const oneOf = <T extends string | number | boolean>(...legal: readonly T[]): Schema<T> => plain({ enum: legal })

/** An object that no program should look into. */
export const opaque = (about: string): Schema<object> => plain({ type: 'object', description: about })

export function nullable<T>({ json, parts }: Schema<T>, about?: string): Schema<T | null> {
  return { json: { anyOf: [json, { type: 'null' }], ...said(about) }, parts }
}

export function list<T>({ json, parts }: Schema<T>, about?: string): Schema<readonly T[]> {
  return { json: { type: 'array', items: json, ...said(about) }, parts }
}

/** A mapping with keys that nobody knows beforehand. */
export function mapOf<T>({ json, parts }: Schema<T>, about?: string): Schema<Readonly<Record<string, T>>> {
  return { json: { type: 'object', additionalProperties: json, ...said(about) }, parts }
}

/** The same schema for each of these keys, all of which are there. */
export function each<K extends string, T>(keys: readonly K[], value: Schema<T>): Schema<Readonly<Record<K, T>>> {
  return object(Object.fromEntries(keys.map(key => [key, value])) as never)
}

export const maybe = <T>(schema: Schema<T>): Maybe<T> => ({ maybe: schema })

/** An object with these fields; programs that read it leave aside what later versions add. */
export function object<T>(shape: Shape<T>): Schema<T> {
  const fields = Object.entries(shape) as [string, Schema<never> | Maybe<never>][]
  const schemas = fields.map(([key, field]) => [key, 'maybe' in field ? field.maybe : field] as const)
  const required = fields.filter(([, field]) => !('maybe' in field)).map(([key]) => key)
  const properties = Object.fromEntries(schemas.map(([key, { json }]) => [key, json]))
  return {
    json: { type: 'object', properties, ...(required.length === 0 ? {} : { required }) },
    parts: new Map(schemas.flatMap(([, { parts }]) => [...parts])),
  }
}

/** The schema under a name of its own, by which others refer to it. */
export function named<T>(name: string, { json, parts }: Schema<T>): Schema<T> {
  return { json: { $ref: `#/components/schemas/${name}` }, parts: new Map([...parts, [name, json]]) }
}
