/** Constants of the allocation. Utilisations are shares of a cluster's capacity. */

/** Time between two allocations of one survey. In between the load plan of every ten seconds is the only one that acts. */
export const ALLOCATE_MS = 5 * 60_000

/** What moves of its own accord must gain so much on average: the least gain for which a block changes its first choice (ROUTING section 4). */
export const WORTHWHILE_MS = 3
/** Most of all demand that one allocation lets move of its own accord. */
export const VOLUNTARY_SHARE = 0.1

/**
 * Where there is no room in reach, targets rise by this beyond what is just enough, and floors only where a cluster would be this much above even that.
 * Without, noise in the demand moved a quarter of all blocks back and forth in a fleet at 0.75 of its capacity; load control, which sees every ten seconds
 * who is how full, evens the rest out.
 */
export const SCARCE_MARGIN = 0.05

/** A cluster planned below its target less this lets blocks back ... */
export const LOWER_BELOW_TARGET = 0.05
/** ... up to its target less this: between the two, noise in the demand moves nobody. */
export const FILL_BELOW_TARGET = 0.02
