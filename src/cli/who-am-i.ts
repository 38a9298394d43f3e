import { hostname, userInfo } from 'node:os'

/** `ops@host`: who gives this command. */
export function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // The account may have no name (a container that runs under a bare number).
    return `${process.getuid?.() ?? 'cli'}@${hostname()}`
  }
}
