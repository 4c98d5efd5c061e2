import { contextSeconds, localMicros } from "../units";
import type { ContextSeconds, LocalMicros } from "../units";
import { LatencyGauge, type LatencySource } from "./latency";

/** One reading of the sound output: the context time that leaves it at a page time. */
export interface OutputSample {
  /** Seconds of AudioContext time. */
  readonly context: ContextSeconds;
  /** Page time, with fractions of a microsecond. */
  readonly page: LocalMicros;
  /** The context time that was being computed; null where `context` is made from it. */
  readonly rendered: ContextSeconds | null;
  /** Made from the current time: several milliseconds off each time. */
  readonly isCoarse: boolean;
}

/** The part of an AudioContext that is read. */
export interface OutputSource extends LatencySource {
  readonly currentTime: number;
  getOutputTimestamp?(): { contextTime?: number; performanceTime?: number };
}

// A timestamp older than this was not updated since: an output that stands still, or a browser that fakes it.
const STALE_MS = 250;

// What leaves the output cannot be later than what is being computed, nor seconds earlier.
const LONGEST_LATENCY_SECONDS = 3;

// That many more useless timestamps than good ones (about a second): this browser has none worth the name.
const PATIENCE_SAMPLES = 30;

// Two timestamps in a row may differ in pace by 5 % plus scatter. An underrun breaks one pair; a browser that counts in other
// units, or rounds to a tenth of a second, breaks most of them.
const PACE_TOLERANCE = 0.05;
const SCATTER_MS = 0.5;

interface Stamp {
  readonly contextTime: number;
  readonly pageTime: number;
}

/**
 * Reads where the output is.
 *
 * `getOutputTimestamp` says which context time is audible at which page time, so latency is in it already. Where it is
 * missing or wrong, the current time minus the told latency has to do: right on average, several milliseconds off each time.
 * Which of the two it is changes only after a second of evidence, so readings of both kinds never mix.
 */
export class OutputSampler {
  readonly #source: OutputSource;
  readonly #now: () => number;
  readonly #gauge: LatencyGauge;
  #useless = 0;
  #isCoarse = false;
  #last: Stamp | null = null;

  /** `now`: page time in milliseconds. */
  constructor(source: OutputSource, now: () => number, userAgent: string) {
    this.#source = source;
    this.#now = now;
    this.#gauge = new LatencyGauge(userAgent);
  }

  /** True when readings are the coarse substitute. */
  get isCoarse(): boolean {
    return this.#isCoarse;
  }

  /** Told or assumed output latency in microseconds, for people and for the lead; never used for timing when avoidable. */
  get latencyMicros(): number {
    return this.#gauge.micros;
  }

  /** The browser does not tell its latency. */
  get isLatencyAssumed(): boolean {
    return this.#gauge.isAssumed;
  }

  /** Null while there is nothing that could be believed. */
  read(): OutputSample | null {
    this.#gauge.read(this.#source);
    const now = this.#now();
    const stamp = this.#stamp(now);
    const isPaced = stamp !== null && this.#judge(stamp);
    if (stamp === null) this.#count(false);
    if (this.#isCoarse) return this.#substitute(now);
    if (stamp === null || !isPaced) return null;
    const rendered = contextSeconds(this.#source.currentTime);
    return { context: contextSeconds(stamp.contextTime), page: localMicros(stamp.pageTime * 1000), rendered, isCoarse: false };
  }

  /** Another output: its timestamps have to show for themselves what they are worth. */
  reset(): void {
    this.#gauge.reset();
    this.#useless = 0;
    this.#isCoarse = false;
    this.#last = null;
  }

  /** The browser's timestamp, if it is neither zero, stale nor out of reach. */
  #stamp(now: number): Stamp | null {
    const { contextTime = 0, performanceTime = 0 } = this.#source.getOutputTimestamp?.() ?? {};
    const lag = this.#source.currentTime - contextTime;
    const isPossible = Number.isFinite(contextTime) && contextTime > 0 && lag > -0.05 && lag < LONGEST_LATENCY_SECONDS;
    return isPossible && Math.abs(now - performanceTime) < STALE_MS ? { contextTime, pageTime: performanceTime } : null;
  }

  /** Whether `stamp` keeps pace with the one before it; learns from it what these timestamps are worth. */
  #judge(stamp: Stamp): boolean {
    const last = this.#last;
    this.#last = stamp;
    if (last === null) return true;
    const pagePassed = stamp.pageTime - last.pageTime;
    const contextPassed = (stamp.contextTime - last.contextTime) * 1000;
    // Not refreshed since: says nothing for or against.
    if (pagePassed === 0 && contextPassed === 0) return false;
    const isPaced = pagePassed > 0 && Math.abs(contextPassed - pagePassed) <= PACE_TOLERANCE * pagePassed + SCATTER_MS;
    this.#count(isPaced);
    return isPaced;
  }

  #count(isGood: boolean): void {
    this.#useless = Math.min(Math.max(this.#useless + (isGood ? -1 : 1), 0), 2 * PATIENCE_SAMPLES);
    if (this.#useless >= PATIENCE_SAMPLES) this.#isCoarse = true;
    else if (this.#useless === 0) this.#isCoarse = false;
  }

  #substitute(now: number): OutputSample | null {
    const { currentTime } = this.#source;
    if (currentTime === 0) return null;
    const context = contextSeconds(currentTime - this.latencyMicros / 1e6);
    return { context, page: localMicros(now * 1000), rendered: null, isCoarse: true };
  }
}
