import { contextSeconds, localMicros } from "../units";
import type { ContextSeconds, LocalMicros } from "../units";

/** One reading of the sound output: the context time that leaves it at a page time. */
export interface OutputSample {
  /** Seconds of AudioContext time. */
  readonly context: ContextSeconds;
  /** Page time, with fractions of a microsecond. */
  readonly page: LocalMicros;
  /** Made from the current time: several milliseconds off each time. */
  readonly isCoarse: boolean;
}

/** The part of an AudioContext that is read. */
export interface OutputSource {
  readonly currentTime: number;
  readonly baseLatency?: number;
  readonly outputLatency?: number;
  getOutputTimestamp?(): { contextTime?: number; performanceTime?: number };
}

// A timestamp older than this was not updated since: an output that stands still, or a browser that fakes it.
const STALE_MS = 250;

// What leaves the output cannot be later than what is being computed, nor seconds earlier.
const LONGEST_LATENCY_SECONDS = 3;

// That many useless timestamps in a row (about a second): this browser has none worth the name.
const PATIENCE_SAMPLES = 30;

// Stand-in where a browser does not tell its output latency (Safari before 18.4; sendspin-js uses the same).
const ASSUMED_LATENCY_SECONDS = 0.04;

/**
 * Reads where the output is.
 *
 * `getOutputTimestamp` says which context time is audible at which page time, so latency is in it already. Where it is
 * missing or wrong, the current time minus the told latency has to do: right on average, several milliseconds off each time.
 */
export class OutputSampler {
  readonly #source: OutputSource;
  readonly #now: () => number;
  #useless = 0;

  /** `now`: page time in milliseconds. */
  constructor(source: OutputSource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** True when readings are the coarse substitute. */
  get isCoarse(): boolean {
    return this.#useless >= PATIENCE_SAMPLES;
  }

  /** Told or assumed output latency in microseconds, for people and for the lead; never used for timing when avoidable. */
  get latencyMicros(): number {
    const told = this.#source.outputLatency ?? 0;
    const seconds = told > 0 ? told : (this.#source.baseLatency ?? 0) + ASSUMED_LATENCY_SECONDS;
    return Math.round(seconds * 1e6);
  }

  read(): OutputSample | null {
    const now = this.#now();
    const stamp = this.#source.getOutputTimestamp?.();
    const contextTime = stamp?.contextTime ?? 0;
    const pageTime = stamp?.performanceTime ?? 0;
    const lag = this.#source.currentTime - contextTime;
    const isUseful = contextTime > 0 && Math.abs(now - pageTime) < STALE_MS && lag > -0.05 && lag < LONGEST_LATENCY_SECONDS;
    if (isUseful) {
      this.#useless = Math.max(0, this.#useless - 1);
      return { context: contextSeconds(contextTime), page: localMicros(pageTime * 1000), isCoarse: false };
    }
    this.#useless = Math.min(this.#useless + 1, 2 * PATIENCE_SAMPLES);
    if (!this.isCoarse || this.#source.currentTime === 0) return null;
    const context = contextSeconds(this.#source.currentTime - this.latencyMicros / 1e6);
    return { context, page: localMicros(now * 1000), isCoarse: true };
  }
}
