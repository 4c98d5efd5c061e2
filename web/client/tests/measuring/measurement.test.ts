import { describe, expect, it } from "vitest";

import type { ChirpPlan } from "../../src/measuring/chirp";
import { type Measured, measurement, type Recording } from "../../src/measuring/measurement";
import { type Loudspeaker, mulberry, normal, planOf, recorded, type RoomSettings } from "./syntheticRoom";

function measured({ recording, plan }: { recording: Recording; plan: ChirpPlan }): Measured {
  const running = measurement(recording, plan);
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
  }
}

/** By how many milliseconds each device is later than the first one, and how far that is from the truth. */
function errors(settings: RoomSettings): (number | null)[] {
  const { delays } = measured(recorded(settings));
  const origin = delays[0]?.late ?? 0;
  const truth = settings.loudspeakers[0]?.late ?? 0;
  return delays.map((delay, k) => (delay === null ? null : Math.abs(delay.late - origin - ((settings.loudspeakers[k]?.late ?? 0) - truth)) / 1000));
}

function worst(settings: RoomSettings): number {
  const found = errors(settings);
  expect(found).not.toContain(null);
  return Math.max(...found.map((error) => error ?? Infinity));
}

const FOUR: readonly Loudspeaker[] = [{ late: 0 }, { late: 183_417 }, { late: -41_008 }, { late: 7_333 }];

// Three rounds in a second of computation each: a busy machine takes longer than vitest waits.
describe("relative offsets in a synthetic room", { timeout: 60_000 }, () => {
  it("are found to a fifth of a millisecond where it is quiet", () => {
    expect(worst({ loudspeakers: FOUR })).toBeLessThan(0.02);
    expect(worst({ loudspeakers: FOUR, noise: 0.001 })).toBeLessThan(0.2);
  });

  it("whatever the microphone itself is late", () => {
    for (const microphoneLate of [0, 5_000, 140_000]) expect(worst({ loudspeakers: FOUR, microphoneLate })).toBeLessThan(0.02);
  });

  it("with input clocks of other rates that run fast or slow", () => {
    for (const [rate, skewPpm] of [[44_100, -250], [48_000, 80]] as const) {
      const settings = { loudspeakers: FOUR, rate, skewPpm, noise: 0.001 };
      expect(worst(settings)).toBeLessThan(0.2);
      expect(measured(recorded(settings)).skewPpm).toBeCloseTo(skewPpm, -1);
    }
  });

  it("to a millisecond in noise as loud as the chirps, and hum beside", () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      expect(worst({ loudspeakers: FOUR, noise: 0.035, hum: 0.1, seed })).toBeLessThan(1);
    }
  });

  it("to a millisecond in rooms with an echo of half a second", () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      expect(worst({ loudspeakers: FOUR, noise: 0.002, reverberation: 0.5, seed })).toBeLessThan(1);
    }
  });

  it("by the straight way where an echo is louder", () => {
    const wall = [{ late: 0 }, { late: 20_000, echoes: [[0.006, 1.5]] }] as const;
    expect(worst({ loudspeakers: wall, noise: 0.001 })).toBeLessThan(0.2);
  });

  it("where one is fifty times fainter than the next", () => {
    const faint = [{ late: 0, level: 1 }, { late: 30_000, level: 0.02 }, { late: -12_000, level: 0.5 }];
    expect(worst({ loudspeakers: faint, noise: 0.0005, reverberation: 0.3 })).toBeLessThan(1);
  });

  it("from a recording that is cut off, and says that it is", () => {
    const settings = { loudspeakers: FOUR.map(({ late }) => ({ late, level: 1 })), gain: 20, noise: 0.001 };
    expect(worst(settings)).toBeLessThan(1);
    expect(measured(recorded(settings)).isOverdriven).toBe(true);
    expect(measured(recorded({ loudspeakers: FOUR })).isOverdriven).toBe(false);
  });
});

describe("what cannot be told", { timeout: 60_000 }, () => {
  it("a device that is not heard, among others that are", () => {
    for (const noise of [0, 0.001, 0.02]) {
      const found = errors({ loudspeakers: [{ late: 0 }, null, { late: 90_000 }], noise });
      expect(found[1]).toBeNull();
      expect(found[0]).toBe(0);
      expect(found[2]).toBeLessThan(1);
    }
  });

  it("is nobody in noise alone", () => {
    const random = mulberry(9);
    const plan = planOf(6);
    const samples = new Float32Array(48_000 * 20).map(() => 0.1 * normal(random));
    const { delays, isSilent } = measured({ recording: { samples, rate: 48_000, startsAt: plan.startsAt - 500_000 }, plan });
    expect(delays).toEqual([null, null, null, null, null, null]);
    expect(isSilent).toBe(false);
  });

  it("is a device so late that its chirp falls into the next one's slot", () => {
    expect(errors({ loudspeakers: [{ late: 0 }, { late: 950_000 }, { late: 0 }], noise: 0.0005 })).toEqual([0, null, expect.any(Number)]);
  });

  it("a microphone that gives nothing is said to be silent", () => {
    const plan = planOf(2);
    const { delays, isSilent } = measured({ recording: { samples: new Float32Array(400_000), rate: 48_000, startsAt: plan.startsAt }, plan });
    expect(isSilent).toBe(true);
    expect(delays).toEqual([null, null]);
  });

  it("is what comes after the end of a recording that broke off", () => {
    const { recording, plan } = recorded({ loudspeakers: FOUR, noise: 0.001 });
    const cut = { ...recording, samples: recording.samples.subarray(0, 48_000 * 7) };
    const { delays } = measured({ recording: cut, plan });
    expect(delays.map((delay) => delay?.count ?? null)).toEqual([2, 2, 2, null]);
  });
});

it("a hole in the recording shows as spread", () => {
  const { recording, plan } = recorded({ loudspeakers: FOUR, noise: 0.001 });
  const hole = 48_000 * 6;
  const samples = new Float32Array(recording.samples.length);
  samples.set(recording.samples.subarray(0, hole));
  samples.set(recording.samples.subarray(hole + 72), hole);
  const { delays } = measured({ recording: { ...recording, samples }, plan });
  for (const delay of delays) expect(delay?.spread ?? 0).toBeGreaterThan(delay === null ? -1 : 300);
});
