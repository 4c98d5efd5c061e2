/**
 * What to make of the timestamps of an output that has just begun, until they have settled.
 *
 * libpulse tells the position of the sound from a line through what it heard in the last five seconds. The first readings are
 * exact. Then the line, which a busy start has bent, leads away from the sound, by up to 65 ms a second. Once the start is
 * forgotten, every update (1.5 s apart) halves what is left. Measured with Chromium over PulseAudio beside a recording: up to
 * 60 ms off after five seconds, 1 ms after fifteen; where the start was calm, a fraction of a millisecond. Other sound servers were
 * not measured: timestamps that keep to a line from the first are taken as they are.
 *
 * So: the first readings are held on to; timestamps that kept to one line for three seconds are believed; of those that creep,
 * as soon as the start is forgotten, the place they creep to.
 */

// For up to 0.4 s a fresh output tells anything, by 100 ms and more; a jump ends that. What follows it is held on to.
const BEGINNING_MICROS = 500_000;
const FALSE_MICROS = 5_000;
// Of the time between two readings: timestamps were seen to creep by 7 % of it.
const FALSE_SHARE = 0.12;
const FIRST_READINGS = 5;
// Later a jump is another beginning, unless it leads back to where the first readings were: then it is an update.
const JUMP_MICROS = 25_000;

// libpulse's updates come so far apart.
const UPDATE_MICROS = 1_500_000;
const WINDOW_MICROS = 400_000;
const LEAST_READINGS = 3;

// Three places in a row: what drifts keeps its pace (200 ppm are 0.3 ms in 1.5 s), what creeps loses it.
const LARGEST_PACE_MICROS = 450;
const LARGEST_BEND_MICROS = 200;

// libpulse remembers five seconds, and forgets at the next update.
const FORGOTTEN_MICROS = 5_500_000;
// Of every step so much is still to come, measured: each update leaves 0.52 … 0.57 of the way.
const STILL_TO_COME = 1.22;
const SETTLED_MICROS = 300;
// How far off the first readings are (1 ms after eight seconds of drift), and the place that timestamps creep to.
const HELD_SIGMA = 1_000;
const LIMIT_SIGMA = 200;
const LIMIT_SIGMA_SHARE = 0.1;
// Where an update falls between the two places a limit is made of, it is wrong for some readings.
const LIMITS = 20;

// An output that never keeps still, or a page in the background that reads once a second, is left to the slow average.
const LONGEST_MICROS = 20_000_000;

interface Reading {
  readonly at: number;
  readonly shown: number;
}

/** The beginning of one output. Instants and offsets in microseconds. */
export class Settling {
  #begun: number;
  #readings: Reading[] = [];
  #limits: number[] = [];
  #held: number;
  #offset: number;
  #drift = 0;
  #isOver = false;

  /** `at`: instant of the first reading; `shown`: context minus page time, as it said. */
  constructor(at: number, shown: number) {
    this.#begun = at;
    this.#held = shown;
    this.#offset = shown;
    this.#readings.push({ at, shown });
  }

  /** Timestamps may be averaged from now on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What is believed: context minus page time of what leaves the output. */
  get offset(): number {
    return this.#offset;
  }

  /** How fast that changes, in ppm, once it is over. */
  get driftPpm(): number {
    return this.#drift;
  }

  /** Takes in a reading. */
  add(at: number, shown: number): void {
    if (this.#isOther(shown)) this.#beginAnew(at);
    this.#readings.push({ at, shown });
    const horizon = at - 2 * UPDATE_MICROS - WINDOW_MICROS;
    while ((this.#readings[0]?.at ?? at) < horizon) this.#readings.shift();
    const age = at - this.#begun;
    if (age < BEGINNING_MICROS) this.#offset = this.#held = this.#firstPlace();
    else this.#judge(at, age);
  }

  #isOther(shown: number): boolean {
    const before = this.#readings.at(-1)?.shown ?? shown;
    return Math.abs(shown - before) > JUMP_MICROS && Math.abs(shown - this.#held) > Math.abs(before - this.#held);
  }

  #beginAnew(at: number): void {
    this.#begun = at;
    this.#readings = [];
    this.#limits = [];
  }

  #judge(at: number, age: number): void {
    if (age > LONGEST_MICROS) {
      this.#end(median(this.#readings.map((reading) => reading.shown)), 0);
      return;
    }
    const [first, second, third] = [2, 1, 0].map((updates) => this.#placeBefore(at - updates * UPDATE_MICROS));
    if (second === null || second === undefined || third === null || third === undefined) return;
    const step = third - second;
    if (first !== null && first !== undefined && isLine(second - first, step)) {
      this.#end(third, (third - first) / ((2 * UPDATE_MICROS) / 1e6));
    } else if (age >= FORGOTTEN_MICROS + UPDATE_MICROS + WINDOW_MICROS) {
      this.#limits.push(third + STILL_TO_COME * step);
      if (this.#limits.length < LIMITS) return;
      if (this.#limits.length > LIMITS) this.#limits.shift();
      const sigma = LIMIT_SIGMA + LIMIT_SIGMA_SHARE * Math.abs(step);
      this.#offset = mean(this.#held, HELD_SIGMA, median(this.#limits), sigma);
      if (Math.abs(step) < SETTLED_MICROS) this.#end(this.#offset, 0);
    }
  }

  #end(offset: number, drift: number): void {
    this.#offset = offset;
    this.#drift = drift;
    this.#isOver = true;
  }

  /** The middle of the first readings behind the latest jump. */
  #firstPlace(): number {
    const jump = this.#readings.findLastIndex(({ at, shown }, k) => {
      const before = this.#readings[k - 1];
      if (before === undefined) return false;
      return Math.abs(shown - before.shown) > Math.max(FALSE_MICROS, FALSE_SHARE * (at - before.at));
    });
    const first = this.#readings.slice(Math.max(0, jump)).slice(0, FIRST_READINGS);
    return median(first.map((reading) => reading.shown));
  }

  #placeBefore(at: number): number | null {
    return at - WINDOW_MICROS < this.#begun + BEGINNING_MICROS ? null : this.#place(at - WINDOW_MICROS, at);
  }

  /** The middle of what was shown within a span; null if that was too little. */
  #place(from: number, to: number): number | null {
    const shown = this.#readings.filter((reading) => reading.at > from && reading.at <= to).map((reading) => reading.shown);
    return shown.length < LEAST_READINGS ? null : median(shown);
  }
}

function isLine(before: number, after: number): boolean {
  const isSlow = Math.max(Math.abs(before), Math.abs(after)) <= LARGEST_PACE_MICROS;
  return isSlow && Math.abs(after - before) <= LARGEST_BEND_MICROS;
}

/** Two witnesses, each with what it is usually wrong by. */
function mean(one: number, sigma: number, other: number, otherSigma: number): number {
  return (one * otherSigma ** 2 + other * sigma ** 2) / (sigma ** 2 + otherSigma ** 2);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
