/** Spans of whole microseconds in words and digits. */

const SECOND = 1_000_000;

/** Digits as on a player: `1:12`, `1:02:03`; never negative. */
export function digits(micros: number): string {
  const total = Math.max(0, Math.floor(micros / SECOND));
  const seconds = String(total % 60).padStart(2, "0");
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** Words as a screen reader says them: `1 minute 12`, `3 minutes 40`, `8 seconds`. */
export function spoken(micros: number): string {
  const total = Math.max(0, Math.floor(micros / SECOND));
  const seconds = total % 60;
  const minutes = Math.floor(total / 60);
  if (minutes === 0) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  const lead = `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  return seconds === 0 ? lead : `${lead} ${seconds}`;
}

/** Whole span of a list, coarse: `48 min`, `2 h 5 min`. */
export function span(micros: number): string {
  const minutes = Math.round(micros / (60 * SECOND));
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Milliseconds with one decimal while that says something: `1.2 ms`, `38 ms`. */
export function milliseconds(micros: number): string {
  const value = micros / 1000;
  return Math.abs(value) < 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`;
}

/** Less than this is shown as nothing: a sign before zero says nothing. */
const VISIBLE = 50;

/** Signed milliseconds for corrections: `+12 ms`, `−3.5 ms`, `0 ms`. */
export function signedMilliseconds(micros: number): string {
  if (Math.abs(micros) < VISIBLE) return "0 ms";
  return `${micros > 0 ? "+" : "−"}${milliseconds(Math.abs(micros))}`;
}

/** Parts per million of speed, signed: `+35 ppm`, `−480 ppm`. */
export function ppm(value: number): string {
  const whole = Math.round(value);
  return whole === 0 ? "0 ppm" : `${whole > 0 ? "+" : "−"}${Math.abs(whole)} ppm`;
}
