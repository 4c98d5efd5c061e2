/** Speeds a room can have, in thousandths of the recorded one; the server's bounds. */
export const SLOWEST = 500;
export const FASTEST = 2_000;
/** The smallest change that everybody hears at once. */
export const RATE_STEP = 50;
/** Speeds within one press. */
export const PRESETS = [750, 900, 1_000, 1_100, 1_250, 1_500] as const;

export function withinRate(permille: number): number {
  return Math.min(FASTEST, Math.max(SLOWEST, Math.round(permille)));
}

/** "1×", "1.25×", "0.9×": no more digits than it has. */
export function rateWords(permille: number): string {
  return `${Number((permille / 1_000).toFixed(2))}×`;
}
