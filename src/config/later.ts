/** Keys of the configuration that the design names and this version does not have: refused by name instead of as a slip of the pen. */
export const NOT_AVAILABLE: readonly { readonly at: RegExp; readonly key: string; readonly what: string }[] = [
  { at: /^$/, key: 'monitor', what: 'health monitoring' },
]

/** What an unknown key would mean in a later version; null when it is simply unknown. `parent` is the formatted path of its mapping. */
export function notAvailable(parent: string, key: string): string | null {
  return NOT_AVAILABLE.find(entry => entry.key === key && entry.at.test(parent))?.what ?? null
}

/** Keys that are read and checked but have no effect yet; each use is a warning. */
export const NO_EFFECT = {
  health: 'checks are not run by this version; servers count as usable',
} as const
