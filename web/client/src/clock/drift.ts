/**
 * How fast two clocks drift apart: a Kalman filter over blocks of exchanges. Twin of `sync/clock/drift.py`; every float
 * operation stands in the same order there, so that both compute the same bits.
 */

const FIRST_SIGMA = 60;
const STEEPEST = 1000;
const OFFSET_NOISE = 2;
const DRIFT_NOISE = 0.012;
const WIDTHS_KEPT = 75;

/** Offset and drift as a two-state Kalman filter, in microseconds and seconds; a drift of 1 us/s is 1 ppm. */
export class DriftFilter {
  #isStarted = false;
  #since = 0;
  #at = 0;
  #offset = 0;
  #drift = 0;
  #p00 = 0;
  #p01 = 0;
  #p11 = FIRST_SIGMA * FIRST_SIGMA;
  #surprise = 0;
  #widths: number[] = [];

  /** Peer's clock against the local one in ppm: positive if it runs faster. */
  get drift(): number {
    return this.#drift;
  }

  /** Standard deviation of `drift` in ppm. */
  get sigma(): number {
    return Math.sqrt(this.#p11);
  }

  /** A clock jumped: the offset is unknown again, the drift stays what it was. */
  restart(): void {
    this.#isStarted = false;
  }

  /** Bounds contradict each other slightly: the drift is less certain than believed. */
  doubt(): void {
    this.#p11 = Math.min(this.#p11 * 4, FIRST_SIGMA * FIRST_SIGMA);
    this.#p01 = 0;
  }

  /** Takes in a block that speaks of instant `at`: the middle of its own bounds of the offset, and their distance. */
  add(at: number, middle: number, width: number): void {
    this.#admit(at, width);
    this.#widths.push(width);
    if (this.#widths.length > WIDTHS_KEPT) this.#widths.shift();
    const noise = this.#noiseOf(width);
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#since = at;
      this.#at = at;
      this.#offset = middle;
      this.#p00 = noise * noise;
      this.#p01 = 0;
      return;
    }
    this.#predict((at - this.#at) / 1e6);
    this.#at = at;
    this.#correct(middle, noise * Math.max(1, this.#surprise));
  }

  /** The path turns out to be narrower than thought: what was learnt before may be off by half the difference. */
  #admit(at: number, width: number): void {
    const narrowest = Math.min(...this.#widths);
    if (!this.#isStarted || width >= narrowest) return;
    const doubt = 0.5 * (narrowest - width);
    const steepness = doubt / Math.max((at - this.#since) / 1e6, 1);
    this.#p00 = this.#p00 + doubt * doubt;
    this.#p11 = Math.min(this.#p11 + steepness * steepness, FIRST_SIGMA * FIRST_SIGMA);
  }

  /** Standard deviation to expect of the middle of a block this wide. */
  #noiseOf(width: number): number {
    const ranked = [...this.#widths].sort((one, other) => one - other);
    const narrowest = ranked[0] ?? width;
    const third = ranked[2];
    const unknown = third === undefined ? 0.1 * narrowest : third - narrowest;
    return 30 + 0.3 * (width - narrowest) + 0.5 * unknown;
  }

  #predict(span: number): void {
    this.#offset = this.#offset + this.#drift * span;
    this.#p00 = this.#p00 + span * (2 * this.#p01 + span * this.#p11) + OFFSET_NOISE * OFFSET_NOISE * span;
    this.#p01 = this.#p01 + span * this.#p11;
    this.#p11 = this.#p11 + DRIFT_NOISE * DRIFT_NOISE * span;
  }

  #correct(middle: number, noise: number): void {
    const innovation = middle - this.#offset;
    const distance = Math.abs(innovation);
    let variance = noise * noise;
    let total = this.#p00 + variance;
    if (distance * distance > 9 * total) {
      variance = variance + distance * distance;
      total = this.#p00 + variance;
    }
    this.#surprise = this.#surprise + 0.1 * (Math.min(distance / noise, 5) - this.#surprise);
    const gainOffset = this.#p00 / total;
    const gainDrift = this.#p01 / total;
    this.#offset = this.#offset + gainOffset * innovation;
    this.#drift = Math.min(Math.max(this.#drift + gainDrift * innovation, -STEEPEST), STEEPEST);
    this.#p11 = this.#p11 - gainDrift * this.#p01;
    this.#p01 = this.#p01 * (1 - gainOffset);
    this.#p00 = this.#p00 * (1 - gainOffset);
  }
}
