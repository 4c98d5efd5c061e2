import { describe, expect, it } from "vitest";
import { OutputClock } from "../../src/clock/outputClock";
import { contextSeconds, localMicros } from "../../src/units";

/** Numerical Recipes' generator, so that noise is the same in every run. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A sound output: drifts, is read with scatter, wanders slowly, and can shift. */
class Output {
  shift = 0;
  readonly clock = new OutputClock();
  readonly #random: () => number;
  #at = 10_000_000;

  constructor(
    readonly driftPpm: number,
    seed: number,
    readonly scatter = 100,
    readonly wander = 0,
  ) {
    this.#random = generator(seed);
  }

  get now(): number {
    return this.#at;
  }

  /** What truly leaves the output at page time `at`, in seconds. */
  truth(at: number): number {
    const waves = this.wander * Math.sin(at / 3e6);
    return (at - 9_000_000 + (at - 10_000_000) * this.driftPpm * 1e-6 + this.shift + waves) / 1e6;
  }

  /** Reads `seconds` long, 40 times a second unless told otherwise; returns whether a step was told. */
  live(seconds: number, rate = 40, isCoarse = false): boolean {
    let stepped = false;
    for (let reading = 0; reading < seconds * rate; reading += 1) {
      this.#at += 1e6 / rate;
      // The sum of four uniform numbers is normal enough.
      const noise = (this.#random() + this.#random() + this.#random() + this.#random() - 2) * Math.sqrt(3) * this.scatter;
      this.clock.add(contextSeconds(this.truth(this.#at) + noise / 1e6), localMicros(this.#at), isCoarse);
      stepped ||= this.clock.stepped;
    }
    return stepped;
  }

  /** Lets `seconds` go by unread; returns page time. */
  pass(seconds: number): number {
    this.#at += seconds * 1e6;
    return this.#at;
  }

  /** How far the clock is off now, in microseconds. */
  get error(): number {
    return (this.clock.contextAt(localMicros(this.#at)) - this.truth(this.#at)) * 1e6;
  }
}

describe("the output clock", () => {
  it("knows nothing before the first reading", () => {
    const clock = new OutputClock();
    expect(clock.ready).toBe(false);
    expect(() => clock.contextAt(localMicros(0))).toThrow("no reading yet");
    expect(() => clock.pageAt(contextSeconds(0))).toThrow("no reading yet");
  });

  it("is ready after half a second of readings, not before", () => {
    const output = new Output(0, 1);
    output.live(0.45);
    expect(output.clock.ready).toBe(false);
    output.live(0.15);
    expect(output.clock.ready).toBe(true);
  });

  it.each([-180, 0, 60, 170])("follows a card that drifts %i ppm within 0.3 ms from 12 s on", (drift) => {
    const output = new Output(drift, 3);
    output.live(12);
    for (let second = 12; second < 120; second += 1) {
      output.live(1);
      expect(Math.abs(output.error)).toBeLessThan(300);
    }
    expect(Math.abs(output.clock.driftPpm - drift)).toBeLessThan(20);
    expect(Math.abs(output.error)).toBeLessThan(60);
  });

  it("is never far off while it learns the drift", () => {
    const output = new Output(170, 4);
    for (let tenth = 0; tenth < 200; tenth += 1) {
      output.live(0.1);
      expect(Math.abs(output.error)).toBeLessThan(1_000);
    }
  });

  it("averages over readings that wander together", () => {
    const output = new Output(50, 5, 100, 400);
    output.live(60);
    let worst = 0;
    for (let tenth = 0; tenth < 300; tenth += 1) {
      output.live(0.1);
      worst = Math.max(worst, Math.abs(output.error));
    }
    // It stays near the middle of the wander instead of following it: at most the amplitude and a quarter.
    expect(worst).toBeLessThan(500);
  });

  it("goes the same way there and back", () => {
    const output = new Output(170, 6);
    output.live(30);
    for (const ahead of [-5_000_000, 0, 123_456, 60_000_000]) {
      const page = localMicros(output.now + ahead);
      const back = output.clock.pageAt(output.clock.contextAt(page));
      expect(Math.abs(back - page)).toBeLessThanOrEqual(1);
    }
  });

  it.each([5_000, 40_000, -3_000, 480_000])("notices an underrun of %i us within a third of a second", (shift) => {
    const output = new Output(120, 7);
    output.live(20);
    const drift = output.clock.driftPpm;
    output.shift += shift;
    expect(output.live(0.35)).toBe(true);
    expect(Math.abs(output.error)).toBeLessThan(300);
    expect(Math.abs(output.clock.driftPpm - drift)).toBeLessThan(10);
    output.live(5);
    expect(Math.abs(output.error)).toBeLessThan(200);
  });

  it("calls no calm output stepped", () => {
    for (let seed = 0; seed < 10; seed += 1) {
      expect(new Output(150, seed, 200).live(60)).toBe(false);
    }
  });

  it("is not moved by a few wild readings", () => {
    const output = new Output(0, 8);
    output.live(20);
    const before = output.error;
    for (let reading = 0; reading < 6; reading += 1) {
      const page = output.now + (reading + 1) * 1_000;
      output.clock.add(contextSeconds(output.truth(page) + 0.02 + reading * 0.001), localMicros(page));
      expect(output.clock.stepped).toBe(false);
    }
    expect(Math.abs(output.error - before)).toBeLessThan(5);
  });

  it("learns as well from one reading a second", () => {
    const output = new Output(100, 9);
    output.live(60, 1);
    expect(output.clock.ready).toBe(true);
    expect(Math.abs(output.error)).toBeLessThan(250);
  });

  it("makes do with coarse readings, far off as each of them is", () => {
    const output = new Output(60, 10, 4_000);
    output.live(60, 40, true);
    expect(output.clock.ready).toBe(true);
    expect(Math.abs(output.error)).toBeLessThan(1_000);
  });

  it("refuses the zeros that come before the first output", () => {
    const clock = new OutputClock();
    expect(clock.add(contextSeconds(0), localMicros(0))).toBe(false);
    expect(clock.add(contextSeconds(0), localMicros(5_000))).toBe(false);
    expect(clock.add(contextSeconds(Number.NaN), localMicros(5_000))).toBe(false);
    expect(clock.add(contextSeconds(1), localMicros(5_000))).toBe(true);
  });

  it("refuses a reading that was not refreshed", () => {
    const clock = new OutputClock();
    expect(clock.add(contextSeconds(1), localMicros(1_000_000))).toBe(true);
    expect(clock.add(contextSeconds(1), localMicros(1_000_000))).toBe(false);
    expect(clock.add(contextSeconds(1), localMicros(1_100_000))).toBe(false);
    expect(clock.add(contextSeconds(1.2), localMicros(1_000_000))).toBe(false);
    expect(clock.add(contextSeconds(1.2), localMicros(1_200_000))).toBe(true);
  });

  it("never becomes ready by an output clock that runs at a wrong pace", () => {
    const clock = new OutputClock();
    for (let reading = 1; reading < 400; reading += 1) {
      clock.add(contextSeconds(reading * 0.05), localMicros(reading * 25_000));
    }
    expect(clock.ready).toBe(false);
  });

  it("starts from nothing after a reset", () => {
    const output = new Output(100, 11);
    output.live(10);
    output.clock.reset();
    expect(output.clock.ready).toBe(false);
    output.shift += 30_000_000;
    output.live(12);
    expect(Math.abs(output.error)).toBeLessThan(300);
  });

  /** A card whose edge of computing, 80 ms ahead, is told as well; `lie`: what its timestamps are wrong by. */
  function witnessed(output: Output, seconds: number, lie: (second: number) => number = () => 0): boolean {
    let stepped = false;
    for (let reading = 1; reading <= seconds * 40; reading += 1) {
      const page = output.pass(1 / 40);
      const told = output.truth(page) + lie(reading / 40) / 1e6;
      output.clock.add(contextSeconds(told), localMicros(page), false, contextSeconds(output.truth(page) + 0.08));
      stepped ||= output.clock.stepped;
    }
    return stepped;
  }

  it("does not follow timestamps that creep, as long as the edge stays", () => {
    const output = new Output(120, 13);
    witnessed(output, 10);
    expect(witnessed(output, 8, (second) => 20_000 - 15_000 * second)).toBe(false);
    expect(Math.abs(output.error)).toBeLessThan(300);
    witnessed(output, 5);
    expect(Math.abs(output.error)).toBeLessThan(300);
  });

  it("believes both witnesses within a quarter of a second, and counts that as a shift", () => {
    const output = new Output(120, 14);
    witnessed(output, 10);
    expect(output.clock.shifts).toBe(0);
    output.shift -= 30_000;
    witnessed(output, 0.25);
    expect(output.clock.shifts).toBe(1);
    expect(Math.abs(output.error)).toBeLessThan(300);
  });

  it("believes the edge alone when the timestamps creep, at once of a shift, a second later of what was lost", () => {
    const output = new Output(120, 15);
    witnessed(output, 10);
    output.shift -= 40_000;
    witnessed(output, 0.25, (second) => 50_000 - 15_000 * second);
    expect(Math.abs(output.error)).toBeLessThan(300);
    const other = new Output(120, 15);
    witnessed(other, 10);
    other.shift -= 3_000;
    witnessed(other, 0.7, (second) => 50_000 - 15_000 * second);
    expect([other.clock.shifts, Math.round(other.error / 1000)]).toEqual([0, 3]);
    witnessed(other, 0.1, (second) => 39_500 - 15_000 * second);
    expect([other.clock.shifts, Math.abs(other.error) < 300]).toEqual([1, true]);
  });

  it("believes timestamps against the edge once they kept still for three seconds, and calls that no shift", () => {
    const output = new Output(120, 16);
    witnessed(output, 10);
    expect(witnessed(output, 2.9, () => 150_000)).toBe(false);
    expect(witnessed(output, 0.4, () => 150_000)).toBe(true);
    expect(Math.round(output.error / 1000)).toBe(150);
    expect(output.clock.shifts).toBe(0);
  });

  it("judges anew what happens while timestamps are in doubt", () => {
    const output = new Output(120, 17);
    witnessed(output, 10);
    witnessed(output, 4, (second) => 60_000 - 15_000 * second);
    output.pass(3);
    output.shift -= 3_000;
    witnessed(output, 1.2, (second) => 60_000 - 15_000 * second);
    expect(Math.abs(output.error)).toBeLessThan(300);
  });

  it("follows a shift that goes on creeping, instead of waiting until it stands still", () => {
    const output = new Output(150, 12);
    output.live(15);
    output.shift -= 27_000;
    for (let step = 0; step < 100; step += 1) {
      output.shift -= 14_000 / 40;
      output.live(1 / 40);
      // The first third of a second is what the proof of a shift takes.
      if (step > 14) expect(Math.abs(output.error)).toBeLessThan(12_000);
    }
    output.live(2);
    expect(Math.abs(output.error)).toBeLessThan(1_500);
  });
});
