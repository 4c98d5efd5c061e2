import { contextSeconds, localMicros, type ContextSeconds, type LocalMicros } from "../units";
import { RenderEdge } from "./renderEdge";
import { Settling } from "./settling";

/**
 * Which sample leaves the output when: the line between page time and AudioContext time.
 *
 * Fed with readings of `getOutputTimestamp()`. These are precise to 0.1 ms one by one, but wander by a millisecond over
 * seconds, drift by up to 200 ppm (measured with PulseAudio), and shift for good by 5 … 500 ms when the output underruns.
 * So: a two-state Kalman filter (offset, drift) that averages slowly, and a step detector beside it that moves the offset
 * at once and keeps the drift. A fit that assumes drift 0 at first would lag 0.8 … 1.5 ms behind at 170 ppm.
 *
 * After a standstill the timestamps may lie: PulseAudio's client lets them creep for twenty seconds, up to 150 ms away from
 * the sound. A second witness, where the audio thread computes (`RenderEdge`), tells a shift of the sound from such a lie.
 * Those of a fresh output lie in a way of their own, so the filter begins when they have settled (`Settling`).
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
// Without the second witness: after a large shift timestamps may creep on for seconds, at up to 15 ms a second. Waiting until
// they agree to the millisecond left the clock 55 ms off for 5 s: of a large shift a part of it is agreement enough.
const AGREEMENT_SHARE = 0.5;

// The second witness is rougher. It may move by 10 ms, half a block, without any shift of the sound; beyond that it tells a
// shift, and well below it what was lost on the way.
const EDGE_MICROS = 12_000;
const EDGE_LOSS_MICROS = 5_000;
// Timestamps of an output that really shifted agree with each other within a second. Those that do not creep for many more,
// and pass for settled now and then: against the edge only what kept still for three seconds is believed.
const FRESH_READINGS = 30;
const STILL_MICROS = 3_000_000;
// A pause this long, and three times as long as the one before, is a standstill: whatever was doubted, it is judged anew.
const STANDSTILL_SECONDS = 0.25;
const STANDSTILL_FACTOR = 3;
// Timestamps that lied are believed again when they told the truth for a second.
const QUARANTINE_READINGS = 30;

// Two readings in a row may differ in pace by 5 % plus scatter; beyond that one of them was made up. Those of a fresh output
// creep at up to 7 %.
const PACE_TOLERANCE = 0.05;
const FRESH_PACE_TOLERANCE = 0.1;
const SCATTER_MICROS = 500;

// `currentTime` instead of a timestamp moves in steps of a block: 4 ms of scatter, 19 ms at worst.
const COARSE_FACTOR = 20;

// Where a fresh output truly is may be known only after seconds: beyond this, what plays goes there at once.
const MOVED_MICROS = 500;
// What the settled offset and, unless timestamps kept to a line, its drift may be wrong by: us and ppm.
const SETTLED_SIGMA = 300;

// The first half second of a fresh context is not to be trusted, and neither is a filter of a few readings.
const READY_READINGS = 8;
const READY_MICROS = 500_000;

interface Outlier {
  readonly at: number;
  readonly residual: number;
}

export class OutputClock {
  #pageOrigin = 0;
  #contextOrigin = 0;
  /** Latest instant taken in, microseconds since the origin, and the state there: context minus page, us and us/s. */
  #at = 0;
  /** Seconds between the latest two readings. */
  #span = 0;
  #offset = 0;
  #drift = 0;
  #p00 = 0;
  #p01 = 0;
  #p11 = 0;
  #taken = 0;
  #stepped = false;
  #lastPage = -Infinity;
  #lastContext = -Infinity;
  #outliers: Outlier[] = [];
  #edge = new RenderEdge();
  /** Null for an output whose timestamps are averaged: they have settled, or are too coarse to tell. */
  #settling: Settling | null = null;
  #shifts = 0;
  #doubted = 0;
  #quarantine = 0;

  /** Enough was heard, for long enough, to schedule sound by it. */
  get ready(): boolean {
    return this.#taken >= READY_READINGS && this.#at >= READY_MICROS;
  }

  /** Whether the latest reading completed the proof that the output shifted: what is playing is off by that much. */
  get stepped(): boolean {
    return this.#stepped;
  }

  /** How many shifts both witnesses have told so far, or the edge alone: no guesses, what plays may go there at once. */
  get shifts(): number {
    return this.#shifts;
  }

  /** How much faster the context runs than page time, in ppm. */
  get driftPpm(): number {
    return this.#drift;
  }

  /**
   * Takes in a reading: at page time `page` the sample of context time `context` leaves the output. `page` may have
   * fractions of a microsecond. `isCoarse`: made from `currentTime`, for browsers without usable timestamps. `rendered`:
   * the context time that is being computed at the same moment, where that is another witness.
   *
   * Returns false for readings that say nothing: zero before the first output, the same again, or out of pace.
   */
  add(context: ContextSeconds, page: LocalMicros, isCoarse = false, rendered: ContextSeconds | null = null): boolean {
    this.#stepped = false;
    if (!this.#isCredible(context, page, isCoarse)) return false;
    if (this.#taken === 0) {
      this.#begin(context, page);
      this.#settling = rendered === null || isCoarse ? null : new Settling(0, 0);
      return true;
    }
    const at = page - this.#pageOrigin;
    const span = (at - this.#at) / 1e6;
    if (this.#settling === null) this.#predict(span);
    this.#at = at;
    if (span > Math.max(STANDSTILL_SECONDS, STANDSTILL_FACTOR * this.#span)) this.#judgeAnew();
    this.#span = span;
    const shown = (context - this.#contextOrigin) * 1e6 - at;
    if (rendered !== null) this.#edge.add((rendered - this.#contextOrigin) * 1e6 - at);
    if (this.#settling !== null) {
      this.#settle(this.#settling, shown);
      return true;
    }
    const scale = isCoarse ? COARSE_FACTOR : 1;
    const residual = shown - this.#offset;
    if (Math.abs(residual) > STEP_MICROS * (isCoarse ? COARSE_FACTOR / 2 : 1)) {
      if (rendered !== null && this.#edge.isKnown) this.#hearBoth(residual);
      else this.#weighStep(residual, AGREEMENT_MICROS * scale);
      return true;
    }
    if (this.#quarantine > 0) {
      this.#quarantine -= 1;
      return true;
    }
    this.#judgeAnew();
    const variance = Math.max(VARIANCE * Math.min(1, USUAL_GAP_SECONDS / Math.max(span, 1e-3)), LEAST_VARIANCE);
    this.#correct(residual, isCoarse ? variance * 4 : variance);
    if (rendered !== null) this.#edge.agree(shown);
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
    this.#doubted = 0;
    this.#quarantine = 0;
    this.#edge.forget();
    this.#settling = null;
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
    const tolerance = this.#settling === null ? PACE_TOLERANCE : FRESH_PACE_TOLERANCE;
    return isFirst || Math.abs(contextPassed - pagePassed) <= tolerance * pagePassed + scatter;
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

  /** A reading of an output that has just begun. */
  #settle(settling: Settling, shown: number): void {
    const wasReady = this.ready;
    this.#taken += 1;
    settling.add(this.#at, shown);
    const by = settling.offset - this.#offset;
    this.#offset = settling.offset;
    if (wasReady && Math.abs(by) > MOVED_MICROS) {
      this.#shifts += 1;
      this.#stepped = true;
    }
    // The edge agrees with what is believed: an underrun in the first seconds has to be told, too.
    if (wasReady) this.#edge.agree(this.#offset);
    if (!settling.isOver) return;
    this.#settling = null;
    this.#drift = settling.driftPpm;
    this.#p00 = SETTLED_SIGMA * SETTLED_SIGMA;
    this.#p01 = 0;
    this.#p11 = FIRST_DRIFT_SIGMA * FIRST_DRIFT_SIGMA;
  }

  /** Collects residuals too large to be noise; once enough of them agree, the output has shifted by their median. */
  #weighStep(residual: number, agreement: number): void {
    const { least, middle, most } = this.#collect(residual);
    if (this.#outliers.length < STEP_READINGS) return;
    if (most - least > Math.max(agreement, AGREEMENT_SHARE * Math.abs(middle))) return;
    this.#edge.forget();
    this.#move(middle);
  }

  /** Timestamps say that the output shifted, and the edge has a word in it. */
  #hearBoth(residual: number): void {
    const { least, middle, most } = this.#collect(residual);
    this.#doubted += 1;
    if (this.#doubted < STEP_READINGS) return;
    this.#quarantine = QUARANTINE_READINGS;
    const isFresh = this.#doubted <= FRESH_READINGS;
    const isSecondWord = this.#doubted === FRESH_READINGS;
    const told = this.#edge.offset(isSecondWord) - this.#offset;
    const isSettled = this.#outliers.length >= STEP_READINGS && most - least <= AGREEMENT_MICROS;
    if (isFresh && isSettled && Math.abs(middle - told) <= EDGE_MICROS) {
      this.#shifts += 1;
      this.#believe(middle);
    } else if (isSecondWord ? isShift(told) || isLoss(told) : this.#doubted === STEP_READINGS && isShift(told)) {
      // The sound shifted for certain, and timestamps are no help yet.
      this.#shifts += 1;
      this.#move(told);
    } else if (this.#isStill()) {
      // Nothing was emptied or filled, and yet the sound comes at another time for good: the output is another one.
      this.#edge.forget();
      this.#believe(middle);
    }
  }

  /** Takes a residual in, forgets those before the last three seconds; tells of the latest eight the least, middle and greatest. */
  #collect(residual: number): { readonly least: number; readonly middle: number; readonly most: number } {
    const outliers = this.#outliers;
    outliers.push({ at: this.#at, residual });
    while (outliers.length > STEP_READINGS && this.#at - (outliers[1]?.at ?? 0) >= STILL_MICROS) outliers.shift();
    const ranked = outliers.slice(-STEP_READINGS).map((outlier) => outlier.residual).sort((one, other) => one - other);
    return { least: ranked[0] ?? 0, middle: ranked[STEP_READINGS / 2] ?? 0, most: ranked.at(-1) ?? 0 };
  }

  /** Whether the outliers of three seconds agree with each other. */
  #isStill(): boolean {
    const residuals = this.#outliers.map((outlier) => outlier.residual);
    const isLong = this.#at - (this.#outliers[0]?.at ?? this.#at) >= STILL_MICROS;
    return isLong && Math.max(...residuals) - Math.min(...residuals) <= AGREEMENT_MICROS;
  }

  #judgeAnew(): void {
    this.#doubted = 0;
    this.#outliers = [];
  }

  #believe(residual: number): void {
    this.#doubted = 0;
    this.#quarantine = 0;
    this.#move(residual);
  }

  #move(by: number): void {
    this.#offset += by;
    this.#p00 = VARIANCE / STEP_READINGS;
    this.#p01 = 0;
    this.#outliers = [];
    this.#stepped = true;
  }
}

/** Whether what the edge tells is more than blocks that are asked for at another moment. */
function isShift(told: number): boolean {
  return Math.abs(told) > EDGE_MICROS;
}

/** Whether what the edge tells is too much for its scatter, and too little for blocks at another moment. */
function isLoss(told: number): boolean {
  return Math.abs(told) > STEP_MICROS && Math.abs(told) <= EDGE_LOSS_MICROS;
}
