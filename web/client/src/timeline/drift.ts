import { floorDivide, micros, type Micros } from "../units";

/**
 * What a player does about the distance between what it plays and what the room is at. Twin of `sync/timeline/drift.py`,
 * which gives the reasons for the numbers.
 *
 * Errors are signed: positive when the player is ahead of the room, so that the rate has to go down.
 */
export type Correction =
  | { readonly kind: "hold" }
  /** Play so many millionths above (or below) the line's rate; never 0, at most ± 5000. */
  | { readonly kind: "nudge"; readonly ratePpm: number }
  /** Move by so many microseconds of playback at once, faded. */
  | { readonly kind: "jump"; readonly by: Micros };

export const FLOOR = micros(300);
export const NEAR = micros(4_000);
export const JUMP_BEYOND = micros(30_000);
const CLOCK_NOISE_SHARE = 16;
const GENTLE_PPM = 500;
const STRONGEST_PPM = 5000;

const HOLD: Correction = { kind: "hold" };

/** Errors below this are left alone. */
export function floorOf(clockError: Micros): Micros {
  return micros(Math.max(FLOOR, floorDivide(clockError, CLOCK_NOISE_SHARE)));
}

/** Errors above this are jumped over. */
export function jumpBoundOf(clockError: Micros): Micros {
  return micros(Math.max(JUMP_BEYOND, clockError));
}

/** What to do about one reading of the error, without memory. */
export function correction(error: Micros, clockError: Micros): Correction {
  const distance = Math.abs(error);
  if (distance <= floorOf(clockError)) return HOLD;
  if (distance > jumpBoundOf(clockError)) return { kind: "jump", by: micros(0 - error) };
  const rate = distance <= NEAR ? floorDivide(distance, 8) : farRate(distance);
  return { kind: "nudge", ratePpm: error > 0 ? -rate : rate };
}

const MEDIAN_OF = 9;
const JUMP_NEEDS = 5;
const PROPORTIONAL = 0.25;
const INTEGRAL = 0.015625;
const STEEPEST_LEARNT = 400;
const SLEW_PPM_PER_SECOND = 4000;
const LONGEST_STEP = 500_000;

/** The loop of one player: median of nine readings, proportional and integral control, limited slew. */
export class DriftControl {
  #readings: number[] = [];
  #learnt = 0;
  #rate = 0;
  #at: number | null = null;

  /** The rate that the sound card turned out to need to stay in step. */
  get learntPpm(): number {
    return this.#learnt;
  }

  /**
   * Takes in a reading and says what to do until the next. Call it 4 … 40 times a second while playing.
   *
   * `at`: instant of the reading in microseconds on any steady clock; `clockError`: certified error of the estimate.
   */
  step(at: number, error: Micros, clockError: Micros): Correction {
    const span = this.#at === null ? 0 : Math.min(Math.max(at - this.#at, 0), LONGEST_STEP) / 1e6;
    this.#at = at;
    this.#readings.push(error);
    if (this.#readings.length > MEDIAN_OF) this.#readings.shift();
    const middle = lowerMedian(this.#readings);
    if (this.#readings.length >= JUMP_NEEDS && Math.abs(middle) > jumpBoundOf(clockError)) {
      this.#readings = [];
      this.#rate = this.#learnt;
      return { kind: "jump", by: micros(-middle) };
    }
    this.#slew(this.#wanted(middle, clockError, span), span);
    const rate = Math.floor(this.#rate + 0.5);
    return rate === 0 ? HOLD : { kind: "nudge", ratePpm: rate };
  }

  /** The line changed: readings so far say nothing about it. What was learnt is kept. */
  restart(): void {
    this.#readings = [];
    this.#rate = this.#learnt;
    this.#at = null;
  }

  #wanted(middle: number, clockError: Micros, span: number): number {
    const distance = Math.abs(middle);
    if (distance > NEAR) return middle > 0 ? -farRate(distance) : farRate(distance);
    if (distance <= floorDivide(clockError, CLOCK_NOISE_SHARE)) return this.#learnt;
    const wanted = this.#learnt - PROPORTIONAL * middle;
    if (Math.abs(wanted) < GENTLE_PPM) {
      const learnt = this.#learnt - INTEGRAL * middle * span;
      this.#learnt = Math.min(Math.max(learnt, -STEEPEST_LEARNT), STEEPEST_LEARNT);
    }
    return Math.min(Math.max(wanted, -GENTLE_PPM), GENTLE_PPM);
  }

  #slew(wanted: number, span: number): void {
    const most = SLEW_PPM_PER_SECOND * span;
    this.#rate = this.#rate + Math.min(Math.max(wanted - this.#rate, -most), most);
  }
}

function farRate(distance: number): number {
  return Math.min(GENTLE_PPM + floorDivide(distance - NEAR, 2), STRONGEST_PPM);
}

function lowerMedian(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[floorDivide(sorted.length - 1, 2)] ?? 0;
}
