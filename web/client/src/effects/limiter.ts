import type { Core } from "./core";
import { History, interpolate, REACH, TAPS } from "./interpolation";
import type { LimiterSettings } from "./settings";

const LOOKAHEAD_SECONDS = 0.005;
// Fewer would make the gain so steep that interpolation between samples of different gains passes their bound by more than the
// margin: see `media/effects/limiter.py`.
const LEAST_LOOKAHEAD_FRAMES = 240;
const MARGIN_DB = 0.2;

/** Frames over which the gain comes down. */
function lookaheadFrames(rate: number): number {
  return Math.max(LEAST_LOOKAHEAD_FRAMES, Math.floor(LOOKAHEAD_SECONDS * rate + 0.5));
}

/** Frames between what comes in and the same as it comes out. */
export function limiterLatencyFrames(rate: number): number {
  return lookaheadFrames(rate) + TAPS;
}

/** The smallest of the latest values: those that rise from the oldest on, and none that is older and larger than another. */
class SlidingLeast {
  readonly #values: Float64Array;
  readonly #frames: Float64Array;
  readonly #window: number;
  #first = 0;
  #count = 0;
  #now = 0;

  constructor(window: number) {
    this.#window = window;
    this.#values = new Float64Array(window + 1);
    this.#frames = new Float64Array(window + 1);
  }

  push(value: number): number {
    const size = this.#window + 1;
    while (this.#count > 0 && (this.#values[(this.#first + this.#count - 1) % size] ?? 0) >= value) this.#count -= 1;
    const place = (this.#first + this.#count) % size;
    this.#values[place] = value;
    this.#frames[place] = this.#now;
    this.#count += 1;
    if ((this.#frames[this.#first] ?? 0) <= this.#now - this.#window) {
      this.#first = (this.#first + 1) % size;
      this.#count -= 1;
    }
    this.#now += 1;
    return this.#values[this.#first] ?? value;
  }
}

/** The mean of the latest values, which are 1 before anything comes. */
class SlidingMean {
  readonly #values: Float64Array;
  #place = 0;
  #below = 0;
  #total: number;

  constructor(window: number) {
    this.#values = new Float64Array(window).fill(1);
    this.#total = window;
  }

  push(value: number): number {
    const size = this.#values.length;
    const old = this.#values[this.#place] ?? 1;
    this.#values[this.#place] = value;
    this.#place = (this.#place + 1) % size;
    this.#below += Number(value < 1) - Number(old < 1);
    // Rounding must not be left behind in a sum that lasts for hours.
    this.#total = this.#below === 0 ? size : this.#total + value - old;
    return this.#total / size;
  }
}

/**
 * Looks ahead: no true peak passes its ceiling, and what stays below passes unchanged. The smallest gain that the true peaks
 * of a window need is held, recovers exponentially and is averaged: a ramp that is down before the peak comes.
 */
export class LimiterCore implements Core<LimiterSettings> {
  readonly latencyFrames: number;
  readonly #rate: number;
  readonly #least: SlidingLeast;
  readonly #mean: SlidingMean;
  readonly #left = new History();
  readonly #right = new History();
  readonly #late: readonly [Float32Array, Float32Array];
  #ceiling = 1;
  #keep = 0;
  #loud = 0;
  #recovering = 1;
  #at = 0;

  constructor(rate: number, settings: LimiterSettings) {
    const lookahead = lookaheadFrames(rate);
    this.#rate = rate;
    this.latencyFrames = limiterLatencyFrames(rate);
    this.#least = new SlidingLeast(lookahead + TAPS + 1);
    this.#mean = new SlidingMean(lookahead);
    this.#late = [new Float32Array(this.latencyFrames), new Float32Array(this.latencyFrames)];
    this.set(settings);
  }

  /** It has no glide: whatever it is told, the mean makes a ramp of it. Null leaves it as it is, for it ends every chain. */
  set(settings: LimiterSettings | null): void {
    if (settings === null) return;
    this.#ceiling = 10 ** ((settings.ceiling_db - MARGIN_DB) / 20);
    this.#keep = Math.exp(-1 / (settings.release_seconds * this.#rate));
  }

  process(left: Float32Array, right: Float32Array): void {
    const [lateLeft, lateRight] = this.#late;
    for (let i = 0; i < left.length; i += 1) {
      const l = left[i] ?? 0;
      const r = right[i] ?? 0;
      const gain = this.#gain(l, r);
      left[i] = (lateLeft[this.#at] ?? 0) * gain;
      right[i] = (lateRight[this.#at] ?? 0) * gain;
      lateLeft[this.#at] = l;
      lateRight[this.#at] = r;
      this.#at = (this.#at + 1) % this.latencyFrames;
    }
  }

  #gain(l: number, r: number): number {
    const held = this.#least.push(this.#needed(l, r));
    this.#recovering = Math.min(1 - this.#keep * (1 - this.#recovering), held);
    if (this.#recovering > 1 - 1e-9) this.#recovering = 1;
    return this.#mean.push(this.#recovering);
  }

  /** Gain that the true peak behind the sixteenth sample from the latest needs. */
  #needed(l: number, r: number): number {
    const left = this.#left;
    const right = this.#right;
    left.push(l);
    right.push(r);
    if (Math.max(Math.abs(l), Math.abs(r)) * REACH > this.#ceiling) this.#loud = TAPS;
    if (this.#loud === 0) return 1;
    this.#loud -= 1;
    const peak = Math.max(peakIn(left), peakIn(right));
    return peak > this.#ceiling ? this.#ceiling / peak : 1;
  }
}

const values = new Float64Array(4);

function peakIn(history: History): number {
  interpolate(history, values);
  return Math.max(Math.abs(values[0] ?? 0), Math.abs(values[1] ?? 0), Math.abs(values[2] ?? 0), Math.abs(values[3] ?? 0));
}
