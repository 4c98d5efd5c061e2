import { describe, expect, test } from "vitest";
import { chirpMarks, clicks, samplesOf } from "../../src/audio/marks";
import { startMarks } from "../../src/audio/markTrack";
import { type ServerMicros, serverMicros } from "../../src/units";
import { FakeTimers } from "../fakes/timers";

/** A device whose room time is `ahead` of its page, and whose context heard room time zero at `origin` seconds. */
class Device {
  readonly timers = new FakeTimers();
  readonly played: number[] = [];
  readonly sounds: string[] = [];
  takenBack = 0;
  isKnown = true;

  constructor(readonly ahead: number, readonly origin: number) {}

  get room(): ServerMicros {
    return serverMicros(this.timers.now() + this.ahead);
  }

  start(marks = clicks(-Infinity, Infinity)): () => void {
    return startMarks({
      marks,
      port: {
        play: (at, sound) => {
          this.played.push(at);
          this.sounds.push(sound);
          return () => (this.takenBack += 1);
        },
      },
      now: () => (this.isKnown ? this.room : null),
      frameAt: (instant) => (instant / 1e6 + this.origin) * 48_000,
      every: (milliseconds, action) => this.timers.every(milliseconds, action),
    });
  }

  /** The room instants of what was played, seconds. */
  get beats(): number[] {
    return this.played.map((at) => Math.round((at - this.origin) * 1e6) / 1e6);
  }
}

describe("clicks", () => {
  test("come at whole seconds of room time, each once, on every device the same", () => {
    const one = new Device(500_000, 3);
    const other = new Device(500_000, -7.25);
    one.start();
    other.timers.pass(130);
    other.start();
    one.timers.pass(10_330);
    other.timers.pass(10_200);
    expect(one.beats).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(other.beats).toEqual(one.beats);
  });

  test("that are too near to be whole are left out", () => {
    const device = new Device(-11_000, 0);
    device.start();
    expect(device.beats).toEqual([2, 3]);
  });

  test("wait until room time is known, and go on after it was lost", () => {
    const device = new Device(500_000, 0);
    device.isKnown = false;
    device.start();
    device.timers.pass(2_000);
    expect(device.beats).toEqual([]);
    device.isKnown = true;
    device.timers.pass(1_000);
    expect(device.beats).toEqual([4, 5, 6]);
  });

  test("that were placed already are taken back when it ends", () => {
    const device = new Device(500_000, 0);
    const stop = device.start();
    stop();
    expect(device.takenBack).toBe(2);
    device.timers.pass(5_000);
    expect(device.beats).toEqual([2, 3]);
  });

  test("begin and end when they are told to", () => {
    const device = new Device(500_000, 0);
    device.start(clicks(3_000_000, 6_000_000));
    device.timers.pass(10_000);
    expect(device.beats).toEqual([3, 4, 5]);
  });

  test("are short, start at once and end in silence", () => {
    const samples = samplesOf("click");
    const peak = samples.indexOf(Math.max(...samples));
    expect(peak / 48).toBeLessThan(1);
    expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.25);
    expect(Math.abs(samples[0]!)).toBe(0);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(0.001);
  });
});

describe("chirps", () => {
  test("come at their instants, each in its direction", () => {
    const device = new Device(500_000, 0);
    device.start(chirpMarks([{ device: 0, round: 0, at: 3_250_000, isRising: true }, { device: 0, round: 1, at: 5_250_000, isRising: false }]));
    device.timers.pass(10_000);
    expect(device.beats).toEqual([3.25, 5.25]);
    expect(device.sounds).toEqual(["rising", "falling"]);
  });

  test("none of them are silence", () => {
    const device = new Device(500_000, 0);
    device.start(chirpMarks([]));
    device.timers.pass(3_000);
    expect(device.beats).toEqual([]);
  });

  test("rise where they are said to rise", () => {
    const turns = (samples: Float32Array) => samples.filter((sample, k) => sample < 0 !== (samples[k + 1] ?? 0) < 0).length;
    const [rising, falling] = [samplesOf("rising"), samplesOf("falling")];
    expect(turns(rising.subarray(0, 4_800))).toBeLessThan(turns(rising.subarray(4_800)));
    expect(turns(falling.subarray(0, 4_800))).toBeGreaterThan(turns(falling.subarray(4_800)));
  });
});
