import { describe, expect, it } from "vitest";

import vectors from "../../../../tests/vectors/sound_checks.json";
import { chirpMarks, clicks, type MarkSound, samplesOf } from "../../src/audio/marks";
import { chirpAt, chirpsOf } from "../../src/measuring/chirp";
import { beatsBetween } from "../../src/session/beats";
import { serverMicros } from "../../src/units";

type Span = readonly [from: number, to: number];

const shared = vectors as unknown as {
  readonly beats: readonly { readonly between: Span; readonly beats: readonly number[] }[];
  readonly plans: readonly {
    readonly plan: { readonly starts_at: number; readonly slot: number; readonly rounds: number; readonly devices: readonly string[] };
    readonly chirps: readonly (readonly [device: number, round: number, at: number, isRising: boolean])[];
    readonly device: number;
    readonly between: Span;
    readonly marks: readonly (readonly [at: number, sound: string])[];
  }[];
  readonly click_tests: readonly {
    readonly check: Span;
    readonly between: readonly Span[];
    readonly clicks: readonly (readonly number[])[];
  }[];
  readonly chirp_at: readonly (readonly [seconds: number, isRising: boolean, sound: number])[];
  readonly sounds: Readonly<Record<MarkSound, { readonly frames: number; readonly every: number; readonly samples: readonly number[] }>>;
};

describe("marks are as in the shared vectors:", () => {
  it("beats", () => {
    for (const { between: [from, to], beats } of shared.beats) {
      expect(beatsBetween(serverMicros(from), serverMicros(to))).toEqual(beats);
    }
  });

  it("clicks of a check", () => {
    for (const { check, between, clicks: expected } of shared.click_tests) {
      const marks = clicks(...check);
      const found = between.map(([from, to]) => marks(serverMicros(from), serverMicros(to)).map(({ at }) => at));
      expect(found).toEqual(expected);
    }
  });

  it("chirps of a measurement, and those of one device", () => {
    for (const { plan, chirps, device, between: [from, to], marks } of shared.plans) {
      const found = chirpsOf({ startsAt: plan.starts_at, slot: plan.slot, rounds: plan.rounds, devices: plan.devices });
      expect(found.map((chirp) => [chirp.device, chirp.round, chirp.at, chirp.isRising])).toEqual(chirps);
      const mine = chirpMarks(found.filter((chirp) => chirp.device === device))(serverMicros(from), serverMicros(to));
      expect(mine.map(({ at, sound }) => [at, sound])).toEqual(marks);
    }
  });

  it("the sweeps at any instant", () => {
    for (const [seconds, isRising, sound] of shared.chirp_at) expect(chirpAt(seconds, isRising)).toBeCloseTo(sound, 8);
  });

  it.each(["click", "rising", "falling"] as const)("the sound %s", (sound) => {
    const samples = samplesOf(sound);
    const { frames, every, samples: expected } = shared.sounds[sound];
    expect(samples.length).toBe(frames);
    expected.forEach((sample, i) => expect(samples[i * every]).toBeCloseTo(sample, 7));
  });
});
