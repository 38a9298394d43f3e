/** Constants of the allocation. Utilisations are shares of a cluster's capacity. */

/** Time between two allocations of one survey. In between the load plan of every ten seconds is the only one that acts. */
export const ALLOCATE_MS = 5 * 60_000

/** What moves of its own accord must gain so much, or this share of the score it has, whichever is more: as a block that changes its first choice. */
export const WORTHWHILE_MS = 3
export const WORTHWHILE_SHARE = 0.1
/** Most of all demand that one allocation lets move of its own accord. */
export const VOLUNTARY_SHARE = 0.1

/** A floor is raised where a cluster would be planned above its target plus this: less is no reason to move anybody. */
export const RAISE_ABOVE_TARGET = 0.02
/** A cluster planned below its target less this lets blocks back ... */
export const LOWER_BELOW_TARGET = 0.05
/** ... up to its target less this: between the two, noise in the demand moves nobody. */
export const FILL_BELOW_TARGET = 0.02
