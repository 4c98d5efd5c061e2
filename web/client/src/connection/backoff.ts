// One lost packet costs a quarter of a second; a server that restarts for six seconds is found within three more; one that
// is away for minutes is asked four times a minute.
const FIRST_MS = 250;
const GROWTH = 1.5;
const LONGEST_MS = 15_000;

/**
 * Milliseconds to wait before attempt number `failures` (1 is the first after a loss). `least`: what the server asked for.
 * `random` in 0 … 1 spreads the devices of a room, so that they do not all come back in one instant.
 */
export function pauseBefore(failures: number, least: number, random: number): number {
  const own = Math.min(LONGEST_MS, FIRST_MS * GROWTH ** Math.max(0, failures - 1));
  return Math.max(own, least) * (1 + random);
}
