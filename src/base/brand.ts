/** A value that passed one gate; inside the gate nobody checks it again. `B` names the gate. */
export type Brand<T, B extends string> = T & { readonly __brand: B }

/** A duration or a moment in milliseconds. Moments count from the Unix epoch. */
export type Millis = Brand<number, 'Millis'>
export const millis = (value: number): Millis => value as Millis

/** Kilometres along the great circle, 0..20038. */
export type Kilometres = Brand<number, 'Kilometres'>
