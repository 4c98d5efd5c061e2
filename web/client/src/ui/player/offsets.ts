/** Offsets that the engine takes, microseconds: a speaker may be early by a second, late by five. */
const LEAST = -1_000_000;
const MOST = 5_000_000;

/** The nearest offset that can be set. */
export function withinOffset(offset: number): number {
  return Math.min(MOST, Math.max(LEAST, offset));
}
