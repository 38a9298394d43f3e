import type { Due } from './due-queue.ts'
import type { Method } from './method.ts'
import type { Smoothed } from './smoothing.ts'
import type { Target } from './targets.ts'

/** What is known of one target. */
export interface Path extends Due {
  readonly target: Target
  readonly block: Block
  /** Measured seldom: it is of the tail of the demand. */
  tail: boolean
  /** The method that answered first, and the only one used since: RTTs of two methods do not compare. Null: none answered yet. */
  method: Method | null
  smoothed: Smoothed
  /** Probes without an answer since the last answer. */
  misses: number
  /** Times that it was asked. */
  tries: number
  /** Answers in a row that were thrown away because this process was late. */
  discards: number
  /** No longer a target. */
  gone: boolean
}

/** The targets that stand for one prefix; one of them speaks for it. */
export interface Block {
  /** The prefix as text. */
  readonly key: string
  readonly paths: Path[]
  /** Null until one of them answered. */
  speaker: Path | null
}

/** A target that misses so many probes in a row no longer answers; fewer are loss. */
export const SILENT_AFTER = 3
/** Another target takes over when its RTT is below this share of the speaker's: noise alone must not make a block's answers flap. */
const CLEARLY_NEARER = 0.8

/**
 * Chooses who speaks for the block, RTT and loss alike: of the targets that answer, the one with the smallest smoothed RTT. It is nearest to
 * the network's edge, so its path holds least that the block's clients do not share. The choice stands while that target answers, unless
 * another is clearly nearer; when none answers it stands too, so that the loss is seen.
 */
export function chooseSpeaker(block: Block): Path | null {
  let nearest: Path | null = null
  for (const path of block.paths)
    if (answers(path) && (nearest === null || path.smoothed.srttMs < nearest.smoothed.srttMs)) nearest = path
  const { speaker } = block
  if (nearest === null) return speaker
  const stays =
    speaker !== null && answers(speaker) && nearest.smoothed.srttMs >= CLEARLY_NEARER * speaker.smoothed.srttMs
  block.speaker = stays ? speaker : nearest
  return block.speaker
}

export const answers = ({ smoothed, misses }: Path): boolean => smoothed.samples > 0 && misses < SILENT_AFTER
/** It never answered: it is left alone for longer and longer. */
export const isSilent = ({ smoothed, misses }: Path): boolean => smoothed.samples === 0 && misses >= SILENT_AFTER
