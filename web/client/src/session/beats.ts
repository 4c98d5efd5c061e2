import { type ServerMicros, serverMicros } from "../units";

/** Clicks for calibrating: one at every whole second of room time, so that all devices of a room click together. */

/** Far enough apart that a wireless speaker, 0.7 s late at worst, is not taken for the click before. */
export const BEAT_MICROS = 1_000_000;

// What is off is nearly always late, and people tap up to 50 ms early: distances are told from -0.3 s to +0.7 s.
const EARLIEST = -300_000;

/** The beats in `from` ≤ beat < `to`. */
export function beatsBetween(from: ServerMicros, to: ServerMicros): readonly ServerMicros[] {
  const beats: ServerMicros[] = [];
  for (let beat = Math.ceil(from / BEAT_MICROS) * BEAT_MICROS + 0; beat < to; beat += BEAT_MICROS) beats.push(serverMicros(beat));
  return beats;
}

/** The same distance, in -0.3 … +0.7 s of the beat it belongs to. */
export function nearBeat(distance: number): number {
  return distance - Math.floor((distance - EARLIEST) / BEAT_MICROS) * BEAT_MICROS;
}
