import type { Millis } from './brand.ts'

/** Where the time comes from. Pure code gets one as an argument and never asks the system. */
export interface Clock {
  now(): Millis
}
