import type { Stop, Timers } from "../../src/connection/timers";
import { localMicros } from "../../src/units";
import type { LocalMicros } from "../../src/units";

interface Due {
  at: number;
  readonly every: number;
  readonly action: () => void;
}

/** Virtual time: `pass` runs what falls due, in order. Page time and UTC can be made to disagree. */
export class FakeTimers implements Timers {
  #now = 1_000;
  #wall = 1_700_000_000_000;
  #due: Due[] = [];

  now(): LocalMicros {
    return localMicros(Math.floor(this.#now * 1000));
  }

  wall(): number {
    return this.#wall;
  }

  after(milliseconds: number, action: () => void): Stop {
    return this.#add({ at: this.#now + milliseconds, every: 0, action });
  }

  every(milliseconds: number, action: () => void): Stop {
    return this.#add({ at: this.#now + milliseconds, every: milliseconds, action });
  }

  /** Lets `milliseconds` pass. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#due.filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#wall += Math.max(0, next.at - this.#now);
      this.#now = Math.max(this.#now, next.at);
      if (next.every > 0) next.at += next.every;
      else this.#due = this.#due.filter((due) => due !== next);
      next.action();
    }
    this.#wall += end - this.#now;
    this.#now = end;
  }

  /** The machine sleeps: UTC goes on, page time does not. */
  sleep(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #add(due: Due): Stop {
    this.#due.push(due);
    return () => (this.#due = this.#due.filter((other) => other !== due));
  }
}
