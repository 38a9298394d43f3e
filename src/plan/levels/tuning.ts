/**
 * Constants of the load plan. Utilisations are shares of a cluster's capacity. The starting values are those of the simulation runs that
 * the design was chosen by; where the campaign in `test/scenario` showed a better one, the reason stands beside it.
 */

/** A cluster is filled to its configured target less this: the noise of load reports must not carry it past the target. */
export const AIM_BELOW_TARGET = 0.03
/** Settled load above aim + this raises the level: what is planned for is known to a few percent. */
export const RAISE_ABOVE_AIM = 0.08
/** The same for a cluster that other clusters' spill is pushed into by this very plan: it protects itself earlier. */
export const RECEIVER_ABOVE_AIM = 0.03
/** Net spill (share of its capacity) that makes a cluster a receiver. Without it a crumb of spill makes hot neighbours turn hundreds of blocks away. */
export const RECEIVER_SPILL = 0.005
/** Settled load below aim - this, for the whole hold time, lowers the level. */
export const LOWER_BELOW_AIM = 0.1
/** Lowering fills at most to aim - this ... */
export const FILL_BELOW_AIM = 0.02
/** ... counting what would come back this many times: nobody has seen that demand here for a while. */
export const RETURNING_FACTOR = 1.5
/** Blocks in doubt that are turned away count this much more where they go: no estimate tells how a crowd that was never split divides. */
export const SPILL_CAUTION = 0.5

/** Most ranks (of 256) that one lowering lets back. */
export const LOWER_STEP_RANKS = 48

/** Least time after a raise before the level may fall; 2 TTL where that is longer. */
export const HOLD_MS = 60_000
/** The hold doubles each time a lowering is undone within it, up to this. */
export const HOLD_MAX_MS = 3_600_000

/** Targets rise together in steps of this where some lists have no room. Two must be to spare when they come down again. */
export const RELAX_STEP = 0.025
/**
 * Where targets have to rise, the new plan leaves nobody this much above the raised aim, nor a receiver: everybody's room is needed. With the usual
 * limits a fleet at 0.75 of its capacity came to rest at 0.855 in one of three worlds, with these at 0.81.
 */
export const SCARCE_ABOVE_AIM = 0.03
export const SCARCE_RECEIVER_ABOVE_AIM = 0.01
/** Targets do not rise past this multiple of capacity: beyond it the demand figures are not to be believed. */
export const RELAX_MAX = 3

/** A plan from zero levels replaces the present one where that has no room, if it lowers the highest load by this. */
export const AFRESH_GAIN = 0.06

/** A report older than this says nothing about now. */
export const REPORT_AGE_MS = 30_000
/** Time from load being carried to its report being used: resolvers' placements are looked up that much earlier. */
export const REPORT_LAG_MS = 10_000
/** Capacity of a cluster whose report is stale, as a share of the real one. */
export const STALE_CAPACITY = 0.9
/** A report this old starts to be forgotten: the level fades to 0 ... */
export const FADE_AFTER_MS = 600_000
/** ... within this time, and then the cluster counts as one that never reported. */
export const FADE_MS = 3_600_000

/** Share of demand behind resolvers that keep answers longer than the TTL says, and how many TTLs they do. */
export const SLOW_SHARE = 0.1
export const SLOW_TTLS = 4

/** Share of a small deviation (noise) that an estimate follows: an average over about 20 reports; over more where reports are noisier than this. */
export const AVERAGE_GAIN = 0.1
export const QUIET_NOISE = 0.04
/**
 * A load that is estimated otherwise than the one planned for is the same until they differ by this many sigma of an estimate. Both are off, so that this
 * is 4.2 sigma of their difference: among 36 clusters noise comes to that once in fifty hours ...
 */
export const SAME_SIGMA = 6
/** ... or by this share of capacity: less is no reason to act ... */
export const CRUMB = 0.01
/** ... or until the estimate is the mean of so many reports: what was planned for news was known from one. */
export const BETTER_KNOWN: readonly number[] = [4, 16]
/** Deviations beyond this many sigma are news, taken at once: among 36 clusters one false alarm in ten days. */
export const NEWS_SIGMA = 5
/** So are two in a row, to the same side, beyond this many. */
export const REPEAT_SIGMA = 3
/** So is a moving average of deviations (each report with this share) beyond this many sigma, nearly five of its own: what lasts is no noise. */
export const DRIFT_GAIN = 0.3
export const DRIFT_SIGMA = 2
/** Reports that such an average is worth. */
export const DRIFT_REPORTS = 6
/** Nothing is taken for better known than from so many reports. */
export const MOST_AVERAGED = 100
/** And one beyond this many when the report is above {@link URGENT_LOAD}, and this much above the aim. */
export const URGENT_SIGMA = 4.5
export const URGENT_LOAD = 0.95
export const URGENT_ABOVE_AIM = 0.15
/** Relative noise of load reports: first guess, and the bounds within which it is learnt. */
export const NOISE_START = 0.05
/** The first guess is worth so many reports; later each has this share. */
export const NOISE_START_REPORTS = 5
export const NOISE_GAIN = 0.03
export const NOISE_MIN = 0.015
export const NOISE_MAX = 0.12
/**
 * Load that is on its way (answers changed, caches still hold the old ones) moves in lumps, a block at one instant somewhere within its TTL. The spread
 * of a sum of such lumps, each of this share of capacity (rows are split at 1 % of the target, single blocks may be larger), counts as noise.
 */
export const TRANSIT_LUMP = 0.02
/** After news of a first choice its cells are in doubt: how the crowd is spread is a guess. Doubt falls to the rest within this time. */
export const DOUBT_MS = 300_000
/** Doubt in cells of first choices without news, 0..1. */
export const DOUBT_REST = 0.1
/** Change of a first choice's demand within one run that counts as news of it. */
export const DOUBT_CHANGE = 0.08

/** Relative change of a cluster's load that is taken to say something of the blocks around its own. */
export const NEWS_GROWTH = 0.08
/** How much of it (as an exponent) a cell takes on that has the cluster as second, third, fourth choice. */
export const NEIGHBOUR_GROWTH: readonly number[] = [0, 0.5, 0.35, 0.2]

/** Time within which an estimated demand pattern inside one catchment fades to even (by a factor of e in the exponent). */
export const SHAPE_FADE_MS = 3_600_000
