import { OutputClock } from "../clock/outputClock";
import { type LocalMicros, SAMPLE_RATE } from "../units";
import { OutputSampler, type OutputSource } from "./outputSampler";

/** Measures one sound output: which context frame leaves it when, how late it is, how fast its clock runs. */
export class OutputMeter {
  readonly #clock = new OutputClock();
  readonly #sampler: OutputSampler;
  #wasCoarse = false;

  /** `now`: page time in milliseconds. */
  constructor(source: OutputSource, now: () => number, userAgent: string) {
    this.#sampler = new OutputSampler(source, now, userAgent);
  }

  /** Enough was heard to schedule sound by it. */
  get isReady(): boolean {
    return this.#clock.ready;
  }

  /** How much faster the output runs than page time, in ppm; 0 until that is known. */
  get driftPpm(): number {
    return this.isReady ? this.#clock.driftPpm : 0;
  }

  /** How often the sound has shifted for certain: by now what plays is off by that much. */
  get shifts(): number {
    return this.#clock.shifts;
  }

  /** The browser has no exact timestamps: each reading is several milliseconds off. */
  get isCoarse(): boolean {
    return this.#sampler.isCoarse;
  }

  /** Told or assumed, microseconds. */
  get latencyMicros(): number {
    return this.#sampler.latencyMicros;
  }

  get isLatencyAssumed(): boolean {
    return this.#sampler.isLatencyAssumed;
  }

  /** Takes a reading; 10 … 40 times a second, or as often as the browser allows. */
  sample(): void {
    const reading = this.#sampler.read();
    if (this.#sampler.isCoarse !== this.#wasCoarse) {
      // The two kinds differ by whatever the told latency is wrong by: neither may be averaged into the other.
      this.#wasCoarse = this.#sampler.isCoarse;
      this.#clock.reset();
    }
    if (reading !== null) this.#clock.add(reading.context, reading.page, reading.isCoarse, reading.rendered);
  }

  /** The context frame, a real number, that leaves the output at page time `page`. Only while ready. */
  frameAt(page: LocalMicros): number {
    return this.#clock.contextAt(page) * SAMPLE_RATE;
  }

  /** Another output: measures anew, from nothing. Ready again half a second later. */
  renew(): void {
    this.#sampler.reset();
    this.#wasCoarse = false;
    this.#clock.reset();
  }
}
