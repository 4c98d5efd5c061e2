import { localFromMilliseconds } from "../units";
import type { LocalMicros } from "../units";

/** Ends what was started; calling it twice is harmless. */
export type Stop = () => void;

/** The clocks and timers of a page, as an argument: tests bring their own. */
export interface Timers {
  /** Page time. */
  now(): LocalMicros;
  /** UTC in milliseconds; only to notice that page time stood still. */
  wall(): number;
  after(milliseconds: number, action: () => void): Stop;
  every(milliseconds: number, action: () => void): Stop;
}

export const pageTimers: Timers = {
  now: () => localFromMilliseconds(performance.now()),
  wall: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    return () => clearInterval(timer);
  },
};

/**
 * Granularity of page time in microseconds: 5 where the page is isolated, 100 elsewhere in Chromium, up to 1000 in others.
 * Measured, because no interface tells it; takes a few granules of time.
 */
export function measureResolution(now: () => number = () => performance.now()): number {
  let finest = Infinity;
  let last = now();
  for (let steps = 0, reads = 0; steps < 5 && reads < 20_000; reads += 1) {
    const next = now();
    if (next === last) continue;
    finest = Math.min(finest, next - last);
    last = next;
    steps += 1;
  }
  return Math.min(2000, Math.max(5, Math.ceil(finest * 1000)));
}
