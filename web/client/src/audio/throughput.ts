/** One download under way. */
export interface Download {
  received(bytes: number): void;
  /** To be called once, however it ended. */
  ended(): void;
}

/** Some time in which at least one download was under way, and what came meanwhile. */
interface Stretch {
  readonly milliseconds: number;
  readonly bytes: number;
}

// 20 s of sound: long enough to outlast one bad moment, short enough to notice another network within half a minute.
const STRETCHES = 5;

// What comes faster than this came out of one buffer, and its time says nothing; but it was no faster than can be.
const SHORTEST_MS = 2;

// A download that takes this long already says something of the line before it ends.
const TELLING_MS = 500;

/**
 * What the line to the server carries, from downloads as they happen: bytes over the time in which any was under way, so
 * that several at once are not each blamed for the others. Waiting for an answer does not count: that is the server's.
 */
export class Throughput {
  readonly #now: () => number;
  readonly #past: Stretch[] = [];
  #running = 0;
  #since = 0;
  #milliseconds = 0;
  #bytes = 0;

  /** `now`: any steady clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The head of an answer is here, its body is about to come. */
  begin(): Download {
    this.#pass();
    this.#running += 1;
    let isOver = false;
    return {
      received: (bytes) => void (this.#bytes += bytes),
      ended: () => {
        if (isOver) return;
        isOver = true;
        this.#end();
      },
    };
  }

  /** Kilobits a second: the lower of what came last and of what came lately; null before anything did. */
  get kilobitsPerSecond(): number | null {
    this.#pass();
    const now: Stretch = { milliseconds: this.#milliseconds, bytes: this.#bytes };
    const isTelling = this.#running > 0 && now.milliseconds >= TELLING_MS;
    const known = isTelling ? [...this.#past, now] : this.#past;
    const latest = known.at(-1);
    return latest === undefined ? null : Math.min(rateOf([latest]), rateOf(known.slice(-STRETCHES)));
  }

  #pass(): void {
    const now = this.#now();
    if (this.#running > 0) this.#milliseconds += now - this.#since;
    this.#since = now;
  }

  #end(): void {
    this.#pass();
    this.#running -= 1;
    // Cut off before anything came: nothing is known of it.
    if (this.#bytes === 0) {
      if (this.#running === 0) this.#milliseconds = 0;
      return;
    }
    this.#past.push({ milliseconds: Math.max(SHORTEST_MS, this.#milliseconds), bytes: this.#bytes });
    if (this.#past.length > STRETCHES) this.#past.shift();
    this.#milliseconds = 0;
    this.#bytes = 0;
  }
}

function rateOf(stretches: readonly Stretch[]): number {
  const bytes = stretches.reduce((sum, each) => sum + each.bytes, 0);
  const milliseconds = stretches.reduce((sum, each) => sum + each.milliseconds, 0);
  return (bytes * 8) / Math.max(SHORTEST_MS, milliseconds);
}
