import { micros, type LocalMicros, type Micros } from "../units";

// What browsers coarsen page time to at worst without being asked to resist fingerprinting.
const COARSEST = 1_000;

/**
 * Granularity of page time, from readings taken in a tight loop (a few hundred): the smallest step among them. Browsers
 * do not tell it: 5 us on isolated pages, 100 us on others, 1 ms in some; a clock estimate has to know.
 *
 * Without any step among the readings it is taken to be 1 ms: too large a value only widens the certified error.
 */
export function resolutionOf(readings: readonly LocalMicros[]): Micros {
  let smallest = Infinity;
  readings.forEach((reading, index) => {
    const step = reading - (readings[index - 1] ?? reading);
    if (step > 0) smallest = Math.min(smallest, step);
  });
  return micros(Number.isFinite(smallest) ? Math.ceil(smallest) : COARSEST);
}
