import type { RoomTime } from "../audio/sound";
import type { Prober } from "../connection/prober";
import type { Timers } from "../connection/timers";
import type { LocalMicros, ServerMicros } from "../units";

// A sound that starts on a worse clock would have to jump a moment later.
const GOOD_ENOUGH = 25_000;
// On a link this slow it will not get better soon: sound now, and say how sure it is.
const PATIENCE = 1_500_000;

/** Room time by way of the prober's estimate. */
export class EstimatedTime implements RoomTime {
  readonly #prober: Prober;
  readonly #timers: Timers;
  #askedAt: LocalMicros | null = null;

  constructor(prober: Prober, timers: Timers) {
    this.#prober = prober;
    this.#timers = timers;
  }

  get epoch(): string {
    return this.#prober.clock.epoch;
  }

  get isReady(): boolean {
    const now = this.#timers.now();
    if (!this.isKnown) return false;
    this.#askedAt ??= now;
    return this.error <= GOOD_ENOUGH || now - this.#askedAt > PATIENCE;
  }

  /** Whether any reply came on this timebase: enough to show a position, if not to start a sound. */
  get isKnown(): boolean {
    return this.#prober.clock.estimate.ready;
  }

  get error(): number {
    const { estimate } = this.#prober.clock;
    return estimate.ready ? estimate.errorAt(this.#timers.now()) : 0;
  }

  get jumps(): number {
    return this.#prober.jumps;
  }

  get roundTrip(): number {
    return this.#prober.clock.estimate.roundTrip;
  }

  /** Room time now; only once `isKnown`. */
  get now(): ServerMicros {
    return this.toRoom(this.#timers.now());
  }

  toPage(roomInstant: ServerMicros): LocalMicros {
    return this.#prober.clock.estimate.toLocal(roomInstant);
  }

  toRoom(pageInstant: LocalMicros): ServerMicros {
    return this.#prober.clock.estimate.toPeer(pageInstant);
  }
}
