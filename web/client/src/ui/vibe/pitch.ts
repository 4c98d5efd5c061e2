/** Pitch in cents and its tie to tempo in thousandths, as people turn them. */

export const MOST_CENTS = 1_200;
const SEMITONE = 100;

/** The pitch that a tempo would have on tape, within what a room can have. */
export function pitchOnTape(tempoPermille: number): number {
  return Math.round(Math.min(MOST_CENTS, Math.max(-MOST_CENTS, MOST_CENTS * Math.log2(tempoPermille / 1000))));
}

/** The tempo that a pitch would have on tape. */
export function tempoOnTape(cents: number): number {
  return Math.round(1000 * 2 ** (cents / MOST_CENTS));
}

/** Whole semitones and what is left of them, -50 … 50 cents. */
export function partsOf(cents: number): { readonly semitones: number; readonly fine: number } {
  const semitones = Math.round(cents / SEMITONE);
  return { semitones, fine: cents - semitones * SEMITONE };
}

/** Semitones and cents put together, within what a room can have. */
export function centsOf(semitones: number, fine: number): number {
  return Math.min(MOST_CENTS, Math.max(-MOST_CENTS, semitones * SEMITONE + fine));
}

/** `+3 semitones`, `−1 semitone`, `0 semitones`. */
export function semitoneWords(semitones: number): string {
  const size = Math.abs(semitones);
  return `${signed(semitones)} ${size === 1 ? "semitone" : "semitones"}`;
}

/** `+12 cents`, `0 cents`. */
export function centWords(cents: number): string {
  return `${signed(cents)} cents`;
}

function signed(value: number): string {
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value)}`;
}
