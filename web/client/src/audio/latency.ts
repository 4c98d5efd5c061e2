/** Output latency as browsers tell it, or what stands in where they do not. For people and for the lead, never for exact timing. */

/** The engine behind a page: what decides how far its audio clock can be believed. */
export type Engine = "blink" | "gecko" | "webkit";

/** Every browser on iOS is WebKit, whatever it calls itself; Blink alone says "Chrome/". */
export function engineOf(userAgent: string): Engine {
  if (userAgent.includes("Chrome/")) return "blink";
  return userAgent.includes("Gecko/") && userAgent.includes("Firefox/") ? "gecko" : "webkit";
}

// Beyond the context's own buffer. WebKit before 18.4 tells nothing; 40 ms is what players for it settled on. The others
// tell their latency once sound runs, and these hold until then only: one period of a desktop mixer, of Android's deep buffer.
const STAND_IN_SECONDS: Readonly<Record<Engine, number>> = { webkit: 0.04, gecko: 0.04, blink: 0.025 };
const ANDROID_SECONDS = 0.1;

/** Seconds between the end of a context's own buffer and the ear, where the browser does not say. */
export function standInSeconds(userAgent: string): number {
  return userAgent.includes("Android") ? ANDROID_SECONDS : STAND_IN_SECONDS[engineOf(userAgent)];
}

/** The part of an AudioContext that tells its latency, in seconds. */
export interface LatencySource {
  readonly baseLatency?: number;
  readonly outputLatency?: number;
}

// Chromium rounds to 8 ms and flips between neighbours: of thirty readings a second, this much averages over two seconds.
const SHARE = 1 / 60;

// No flicker of a rounding: another output. Bluetooth really is 150 … 300 ms and has to be seen at once.
const OTHER_OUTPUT_SECONDS = 0.05;

/** Output latency, steady enough to be read. */
export class LatencyGauge {
  readonly #standIn: number;
  #seconds: number | null = null;
  #isAssumed = true;

  constructor(userAgent: string) {
    this.#standIn = standInSeconds(userAgent);
  }

  /** Microseconds, after at least one `read`. */
  get micros(): number {
    return Math.round((this.#seconds ?? this.#standIn) * 1e6);
  }

  /** The browser did not say: the figure stands in. */
  get isAssumed(): boolean {
    return this.#isAssumed;
  }

  read({ baseLatency = 0, outputLatency = 0 }: LatencySource): void {
    const isTold = Number.isFinite(outputLatency) && outputLatency > 0;
    const seconds = isTold ? outputLatency : baseLatency + this.#standIn;
    const former = this.#seconds;
    const isNew = former === null || this.#isAssumed === isTold || Math.abs(seconds - former) > OTHER_OUTPUT_SECONDS;
    this.#seconds = isNew ? seconds : former + SHARE * (seconds - former);
    this.#isAssumed = !isTold;
  }

  /** Another output: what the former one told is over. */
  reset(): void {
    this.#seconds = null;
    this.#isAssumed = true;
  }
}
