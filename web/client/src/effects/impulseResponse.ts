import type { Space } from "./settings";

const SEEDS = [0x1d872b41, 0x6c078965] as const;
const LOW_HZ = 250;
const HIGH_HZ = 4000;
const RUMBLE_HZ = 60;
const FADE = 0.1;

/** A space; what the figures mean is told in `media/effects/impulse_response.py`, which makes the same samples. */
interface Acoustics {
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  readonly delaySeconds: number;
  readonly swellSeconds: number;
  readonly reflections: number;
  readonly spreadSeconds: number;
  readonly early: number;
}

const ACOUSTICS: Readonly<Record<Space, Acoustics>> = {
  room: { seconds: 0.5, low: 1, high: 0.55, delaySeconds: 0.004, swellSeconds: 0.006, reflections: 10, spreadSeconds: 0.03, early: 4 },
  hall: { seconds: 1.9, low: 1.1, high: 0.45, delaySeconds: 0.018, swellSeconds: 0.03, reflections: 12, spreadSeconds: 0.07, early: 5 },
  cathedral: { seconds: 4.5, low: 1.25, high: 0.3, delaySeconds: 0.035, swellSeconds: 0.09, reflections: 10, spreadSeconds: 0.12, early: 4 },
};

/** Xorshift of 32 bits (G. Marsaglia, JSS 8(14), 2003; shifts 13, 17, 5). */
function next(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

/**
 * What a clap in a space leaves behind, left and right: early reflections, and noise in three bands with decays of their
 * own; unit energy in each channel, so that noise keeps its level. The same samples as in Python, within 1e-7.
 */
export function impulseResponse(space: Space, rate: number): [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const acoustics = ACOUSTICS[space];
  return [sideOf(acoustics, SEEDS[0], rate), sideOf(acoustics, SEEDS[1], rate)];
}

/** Frames of {@link impulseResponse}. */
export function responseFrames(space: Space, rate: number): number {
  const { delaySeconds, seconds } = ACOUSTICS[space];
  return Math.floor(delaySeconds * rate + 0.5) + Math.floor(seconds * rate + 0.5);
}

function sideOf(acoustics: Acoustics, seed: number, rate: number): Float32Array<ArrayBuffer> {
  const delay = Math.floor(acoustics.delaySeconds * rate + 0.5);
  const row = new Float64Array(delay + Math.floor(acoustics.seconds * rate + 0.5));
  const state = addReflections(row, acoustics, seed, delay, rate);
  addNoise(row, acoustics, state, delay, rate);
  removeRumble(row, 1 - Math.exp((-2 * Math.PI * RUMBLE_HZ) / rate));
  const fade = Math.floor(FADE * row.length);
  for (let i = 0; i < fade; i += 1) row[row.length - fade + i] = (row[row.length - fade + i] ?? 0) * ((fade - i) / (fade + 1));
  const energy = row.reduce((sum, each) => sum + each * each, 0);
  return Float32Array.from(row, (each) => each / Math.sqrt(energy));
}

/** Returns the state of the generator behind them. */
function addReflections(row: Float64Array, acoustics: Acoustics, seed: number, delay: number, rate: number): number {
  const { reflections, early } = acoustics;
  const spread = acoustics.spreadSeconds * rate;
  let state = seed;
  let level = early;
  for (let number = 0; number < reflections; number += 1) {
    state = next(state);
    const place = delay + Math.floor((spread * (number + state / 4294967296)) / reflections);
    if (place < row.length) row[place] = (row[place] ?? 0) + (state % 2 === 1 ? level : -level);
    level *= 0.84;
  }
  return state;
}

function addNoise(row: Float64Array, acoustics: Acoustics, seed: number, delay: number, rate: number): void {
  const { seconds } = acoustics;
  const keepOf = (factor: number) => Math.exp(-Math.log(1000) / (seconds * factor * rate));
  const [lowKeep, middleKeep, highKeep] = [keepOf(acoustics.low), keepOf(1), keepOf(acoustics.high)];
  const lowOpening = 1 - Math.exp((-2 * Math.PI * LOW_HZ) / rate);
  const highOpening = 1 - Math.exp((-2 * Math.PI * HIGH_HZ) / rate);
  const swell = Math.max(1, Math.floor(acoustics.swellSeconds * rate + 0.5));
  let state = seed;
  let [low, middle] = [0, 0];
  let [lowLevel, middleLevel, highLevel] = [1, 1, 1];
  for (let frame = delay; frame < row.length; frame += 1) {
    state = next(state);
    const noise = state / 2147483648 - 1;
    low += lowOpening * (noise - low);
    middle += highOpening * (noise - middle);
    const tail = lowLevel * low + middleLevel * (middle - low) + highLevel * (noise - middle);
    const since = frame - delay;
    row[frame] = (row[frame] ?? 0) + (since < swell ? tail * (since / swell) : tail);
    lowLevel *= lowKeep;
    middleLevel *= middleKeep;
    highLevel *= highKeep;
  }
}

function removeRumble(row: Float64Array, opening: number): void {
  let rumble = 0;
  for (let frame = 0; frame < row.length; frame += 1) {
    const value = row[frame] ?? 0;
    rumble += opening * (value - rumble);
    row[frame] = value - rumble;
  }
}
