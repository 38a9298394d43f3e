import { openapi } from './openapi.ts'
import { routes } from './routes.ts'
import type { Json } from './schema/schema.ts'

/** The OpenAPI document where no server runs: it is made of what routes say of themselves, and no handler is called. */
export function apiDocument(): Json {
  const nothing = undefined as never
  return openapi(routes(nothing, nothing, nothing, nothing))
}
