/** What devices play to be measured: short sweeps whose instant can be told to a part of a sample, however faint they are. */

export const CHIRP_SECONDS = 0.2;

/** Small loudspeakers play from about 1 kHz on; above 7 kHz they point at somebody. */
export const LOWEST_HERTZ = 1_000;
export const HIGHEST_HERTZ = 7_000;

// Long enough not to click.
const FADE_SECONDS = 0.02;

// Plainly heard and far from the loudest a device can do; the volume people chose does not count, or quiet ones were not heard.
const PEAK = 0.25;

/** The chirp `seconds` after its beginning, -0.25 … 0.25; 0 before it and after its end. Any real instant, for any clock. */
export function chirpAt(seconds: number, isRising: boolean): number {
  if (seconds <= 0 || seconds >= CHIRP_SECONDS) return 0;
  const [first, last] = isRising ? [LOWEST_HERTZ, HIGHEST_HERTZ] : [HIGHEST_HERTZ, LOWEST_HERTZ];
  const turns = first * seconds + ((last - first) * seconds * seconds) / (2 * CHIRP_SECONDS);
  const edge = Math.min(seconds, CHIRP_SECONDS - seconds) / FADE_SECONDS;
  const fade = edge >= 1 ? 1 : (1 - Math.cos(Math.PI * edge)) / 2;
  return PEAK * fade * Math.sin(2 * Math.PI * turns);
}

/** All of it at `rate` samples a second. */
export function chirpSamples(rate: number, isRising: boolean): Float32Array<ArrayBuffer> {
  return new Float32Array(Math.ceil(CHIRP_SECONDS * rate)).map((_, i) => chirpAt(i / rate, isRising));
}

/** When which device chirps: the part of a sound check that says so. Instants and spans in microseconds. */
export interface ChirpPlan {
  readonly startsAt: number;
  readonly slot: number;
  readonly rounds: number;
  /** Connections, in the order in which they chirp. */
  readonly devices: readonly string[];
}

/** One chirp of a plan; `device`: its place in `devices`. */
export interface Chirp {
  readonly device: number;
  readonly round: number;
  /** Room instant at which it is to be heard, microseconds. */
  readonly at: number;
  readonly isRising: boolean;
}

/** All chirps of a plan in their order. Neighbours run in opposite directions, so that a late one is not taken for the next. */
export function chirpsOf({ startsAt, slot, rounds, devices }: ChirpPlan): readonly Chirp[] {
  return Array.from({ length: rounds * devices.length }, (_, k) => ({
    device: k % devices.length,
    round: Math.floor(k / devices.length),
    at: startsAt + k * slot,
    isRising: k % 2 === 0,
  }));
}
