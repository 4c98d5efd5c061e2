// One lost packet costs a quarter of a second. For the first minute a device looks again every two to three seconds, so that a
// restarted server has its listeners back in that time; after that it asks a few times a minute.
const FIRST_MS = 250;
const GROWTH = 1.5;
const SOON_MS = 2_000;
const SOON_FAILURES = 25;
const LATER_MS = 15_000;

/**
 * Milliseconds to wait before attempt number `failures` (1 is the first after a loss). `least`: what the server asked for.
 * `random` in 0 … 1 spreads the devices of a room, so that they do not all come back in one instant.
 */
export function pauseBefore(failures: number, least: number, random: number): number {
  const longest = failures <= SOON_FAILURES ? SOON_MS : LATER_MS;
  const own = Math.min(longest, FIRST_MS * GROWTH ** Math.max(0, failures - 1));
  return Math.max(own, least) * (1 + random / 2);
}
