import { contextSeconds, localMicros, type ContextSeconds, type LocalMicros } from "../units";

/**
 * Which sample leaves the output when: the line between page time and AudioContext time.
 *
 * Fed with readings of `getOutputTimestamp()`. These are precise to 0.1 ms one by one, but wander by a millisecond over
 * seconds, drift by up to 200 ppm (measured with PulseAudio), and shift for good by 5 … 500 ms when the output underruns.
 * So: a two-state Kalman filter (offset, drift) that averages slowly, and a step detector beside it that moves the offset
 * at once and keeps the drift. A fit that assumes drift 0 at first would lag 0.8 … 1.5 ms behind at 170 ppm.
 */

// Variance of a reading at 40 readings a second, in us^2. Far above the scatter of single readings (100 us): neighbours
// wander together, and averaging must not take them for independent.
const VARIANCE = 7e6;
const USUAL_GAP_SECONDS = 0.025;
const LEAST_VARIANCE = 1e4;

// What sound cards and sound servers drift at first sight, in ppm.
const FIRST_DRIFT_SIGMA = 200;

// Random walk of offset (us per root second) and drift (ppm per root second).
const OFFSET_WALK = 20;
const DRIFT_WALK = 0.5;

// A shift this large in eight readings that agree is an underrun, not noise.
const STEP_MICROS = 1_500;
const STEP_READINGS = 8;
const AGREEMENT_MICROS = 1_000;
// After a large shift PulseAudio's client lets its timestamps creep on for seconds, at up to 15 ms a second. Waiting until
// they agree to the millisecond left the clock 55 ms off for 5 s: of a large shift a part of it is agreement enough.
const AGREEMENT_SHARE = 0.5;

// Two readings in a row may differ in pace by 5 % plus scatter; beyond that one of them was made up.
const PACE_TOLERANCE = 0.05;
const SCATTER_MICROS = 500;

// `currentTime` instead of a timestamp moves in steps of a block: 4 ms of scatter, 19 ms at worst.
const COARSE_FACTOR = 20;

// The first half second of a fresh context is not to be trusted, and neither is a filter of a few readings.
const READY_READINGS = 8;
const READY_MICROS = 500_000;

export class OutputClock {
  #pageOrigin = 0;
  #contextOrigin = 0;
  /** Latest instant taken in, microseconds since the origin, and the state there: context minus page, us and us/s. */
  #at = 0;
  #offset = 0;
  #drift = 0;
  #p00 = 0;
  #p01 = 0;
  #p11 = 0;
  #taken = 0;
  #stepped = false;
  #lastPage = -Infinity;
  #lastContext = -Infinity;
  #outliers: number[] = [];

  /** Enough was heard, for long enough, to schedule sound by it. */
  get ready(): boolean {
    return this.#taken >= READY_READINGS && this.#at >= READY_MICROS;
  }

  /** Whether the latest reading completed the proof that the output shifted: what is playing is off by that much. */
  get stepped(): boolean {
    return this.#stepped;
  }

  /** How much faster the context runs than page time, in ppm. */
  get driftPpm(): number {
    return this.#drift;
  }

  /**
   * Takes in a reading: at page time `page` the sample of context time `context` leaves the output. `page` may have
   * fractions of a microsecond. `isCoarse`: made from `currentTime`, for browsers without usable timestamps.
   *
   * Returns false for readings that say nothing: zero before the first output, the same again, or out of pace.
   */
  add(context: ContextSeconds, page: LocalMicros, isCoarse = false): boolean {
    this.#stepped = false;
    if (!this.#isCredible(context, page, isCoarse)) return false;
    if (this.#taken === 0) {
      this.#begin(context, page);
      return true;
    }
    const at = page - this.#pageOrigin;
    const span = (at - this.#at) / 1e6;
    this.#predict(span);
    this.#at = at;
    const shown = (context - this.#contextOrigin) * 1e6 - at;
    const scale = isCoarse ? COARSE_FACTOR : 1;
    const residual = shown - this.#offset;
    if (Math.abs(residual) > STEP_MICROS * (isCoarse ? COARSE_FACTOR / 2 : 1)) {
      this.#weighStep(residual, AGREEMENT_MICROS * scale);
      return true;
    }
    this.#outliers = [];
    const variance = Math.max(VARIANCE * Math.min(1, USUAL_GAP_SECONDS / Math.max(span, 1e-3)), LEAST_VARIANCE);
    this.#correct(residual, isCoarse ? variance * 4 : variance);
    this.#taken += 1;
    return true;
  }

  /** The context time that leaves the output at page time `page`. Only once something was taken in. */
  contextAt(page: LocalMicros): ContextSeconds {
    this.#assertBegun();
    const at = page - this.#pageOrigin;
    const offset = this.#offset + this.#drift * ((at - this.#at) / 1e6);
    return contextSeconds(this.#contextOrigin + (at + offset) / 1e6);
  }

  /** The page time at which `context` leaves the output, rounded down to a whole microsecond. */
  pageAt(context: ContextSeconds): LocalMicros {
    this.#assertBegun();
    const ahead = (context - this.#contextOrigin) * 1e6 - this.#at - this.#offset;
    return localMicros(Math.floor(this.#pageOrigin + this.#at + ahead / (1 + this.#drift / 1e6)));
  }

  /** Forget everything: another AudioContext, another output device. */
  reset(): void {
    this.#taken = 0;
    this.#at = 0;
    this.#stepped = false;
    this.#lastPage = -Infinity;
    this.#lastContext = -Infinity;
    this.#outliers = [];
  }

  #assertBegun(): void {
    if (this.#taken === 0) throw new Error("no reading yet");
  }

  #isCredible(context: ContextSeconds, page: LocalMicros, isCoarse: boolean): boolean {
    if (!Number.isFinite(context) || !Number.isFinite(page) || context <= 0 || page <= 0) return false;
    const pagePassed = page - this.#lastPage;
    const contextPassed = (context - this.#lastContext) * 1e6;
    // The same reading again, or an older one: the output stands still, or the browser did not refresh it.
    if (pagePassed <= 0 || contextPassed <= 0) return false;
    const isFirst = this.#lastPage === -Infinity;
    this.#lastPage = page;
    this.#lastContext = context;
    const scatter = SCATTER_MICROS * (isCoarse ? 2 * COARSE_FACTOR : 1);
    return isFirst || Math.abs(contextPassed - pagePassed) <= PACE_TOLERANCE * pagePassed + scatter;
  }

  #begin(context: ContextSeconds, page: LocalMicros): void {
    this.#pageOrigin = page;
    this.#contextOrigin = context;
    this.#at = 0;
    this.#offset = 0;
    this.#drift = 0;
    this.#p00 = VARIANCE;
    this.#p01 = 0;
    this.#p11 = FIRST_DRIFT_SIGMA * FIRST_DRIFT_SIGMA;
    this.#taken = 1;
  }

  #predict(span: number): void {
    this.#offset += this.#drift * span;
    this.#p00 += span * (2 * this.#p01 + span * this.#p11) + OFFSET_WALK * OFFSET_WALK * span;
    this.#p01 += span * this.#p11;
    this.#p11 += DRIFT_WALK * DRIFT_WALK * span;
  }

  #correct(residual: number, variance: number): void {
    const total = this.#p00 + variance;
    const gainOffset = this.#p00 / total;
    const gainDrift = this.#p01 / total;
    this.#offset += gainOffset * residual;
    this.#drift += gainDrift * residual;
    this.#p11 -= gainDrift * this.#p01;
    this.#p01 *= 1 - gainOffset;
    this.#p00 *= 1 - gainOffset;
  }

  /** Collects residuals too large to be noise; once enough of them agree, the output has shifted by their median. */
  #weighStep(residual: number, agreement: number): void {
    this.#outliers.push(residual);
    if (this.#outliers.length > STEP_READINGS) this.#outliers.shift();
    const ranked = [...this.#outliers].sort((one, other) => one - other);
    const least = ranked[0] ?? 0;
    const most = ranked.at(-1) ?? 0;
    const middle = ranked[STEP_READINGS / 2] ?? 0;
    if (ranked.length < STEP_READINGS || most - least > Math.max(agreement, AGREEMENT_SHARE * Math.abs(middle))) return;
    this.#offset += middle;
    this.#p00 = VARIANCE / STEP_READINGS;
    this.#p01 = 0;
    this.#outliers = [];
    this.#stepped = true;
  }
}
