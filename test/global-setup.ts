import { existsSync } from 'node:fs'

/** The end-to-end tests run the built program, as a user does. */
export function setup(): void {
  if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
    console.warn('dist/ is missing: run `npm run build` (npm test does) or the end-to-end tests fail')
  }
}
