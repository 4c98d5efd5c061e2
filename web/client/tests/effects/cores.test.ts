import { describe, expect, test } from "vitest";
import { CompressorCore } from "../../src/effects/compressor";
import type { Core } from "../../src/effects/core";
import { DriveCore } from "../../src/effects/drive";
import { EchoCore } from "../../src/effects/echo";
import { Glide, GLIDE_FRAMES } from "../../src/effects/glide";
import { PHASES } from "../../src/effects/interpolation";
import { LimiterCore } from "../../src/effects/limiter";
import { chainSettings } from "../../src/effects/settings";
import { largest, noise, sine } from "../fakes/effectSounds";

const RATE = 48_000;

/** An effect with its ends, and a setting in the middle. */
interface Kind {
  readonly name: string;
  readonly make: (content: object | null) => Core<unknown>;
  readonly ends: readonly object[];
}

const KINDS: readonly Kind[] = [
  {
    name: "drive",
    make: (content) => new DriveCore(RATE, content === null ? null : chainSettings({ drive: content }).drive!),
    ends: [{ amount_db: 36, tone_hz: 20_000, level_db: 6 }, { amount_db: 0, tone_hz: 1000, level_db: -24 }],
  },
  {
    name: "compressor",
    make: (content) => new CompressorCore(RATE, content === null ? null : chainSettings({ compressor: content }).compressor!),
    ends: [
      { threshold_db: -60, ratio: 20, knee_db: 0, attack_seconds: 0.0001, release_seconds: 0.01, makeup_db: 24 },
      { threshold_db: -60, ratio: 20, knee_db: 24, attack_seconds: 0.3, release_seconds: 2 },
    ],
  },
  {
    name: "echo",
    make: (content) => new EchoCore(RATE, content === null ? null : chainSettings({ echo: content }).echo!),
    ends: [{ delay_seconds: 0.02, feedback: 0.9, mix: 1, tone_hz: 16_000 }, { delay_seconds: 2, feedback: 0.9, mix: 1 }],
  },
];

const settingsOf = (kind: Kind, content: object) => Object.values(chainSettings({ [kind.name]: content }))[0] as unknown;

/** To the bit. (The comparison of arrays that the test framework brings takes a hundred times longer.) */
const isSame = (one: Float32Array, other: Float32Array) => one.length === other.length && one.every((each, i) => each === other[i]);

/** A low tone that begins softly, so that its beginning is no click. */
const tone = (frames: number, level: number) => sine(frames, 200, level).map((each, i) => each * Math.min(1, i / 2_400));

/** Both channels alike, in blocks as the audio thread has them. */
function through(core: Core<unknown>, sound: Float32Array, at: Readonly<Record<number, unknown>> = {}): Float32Array {
  const left = Float32Array.from(sound);
  const right = Float32Array.from(sound);
  for (let begin = 0; begin < sound.length; begin += 128) {
    if (begin in at) core.set(at[begin]);
    core.process(left.subarray(begin, begin + 128), right.subarray(begin, begin + 128));
  }
  expect(isSame(right, left)).toBe(true);
  return left;
}

/** The largest second difference: what a click has and a low tone has not. */
const bend = (samples: Float32Array) => samples.reduce((most, each, i) => (i < 2 ? 0 : Math.max(most, Math.abs(each - 2 * samples[i - 1]! + samples[i - 2]!))), 0);

describe.each(KINDS)("$name", (kind) => {
  test("passes sound to the bit while it is off, as late as ever", () => {
    const core = kind.make(null);
    const sound = noise(5_120, 3);
    const out = through(core, sound);
    expect(isSame(out.subarray(core.latencyFrames), sound.subarray(0, sound.length - core.latencyFrames))).toBe(true);
    expect(kind.make({}).latencyFrames).toBe(core.latencyFrames);
  });

  test("stays bounded at its ends and leaves silence silent", () => {
    for (const end of kind.ends) {
      const out = through(kind.make(end), noise(19_200, 5, 4));
      expect(out.every(Number.isFinite)).toBe(true);
      expect(largest(out)).toBeLessThan(100);
      expect(largest(through(kind.make(end), new Float32Array(4_096)))).toBe(0);
    }
  });

  test("is switched and changed without a click", () => {
    const sound = tone(19_200, 0.2);
    const [one, other] = kind.ends.map((end) => settingsOf(kind, end));
    const mild = kind.name === "drive" ? settingsOf(kind, { amount_db: 6 }) : kind.name === "compressor" ? settingsOf(kind, { makeup_db: 6 }) : settingsOf(kind, { delay_seconds: 0.05 });
    const out = through(kind.make(null), sound, { 5_120: mild, 10_240: null, 12_800: mild, 12_928: null, 13_056: mild });
    expect(bend(out)).toBeLessThan(0.002);
    // From end to end it may change a lot, and still ends where it would have been.
    const settled = through(kind.make(null), sound, { 1_280: one, 2_560: other, 3_840: null });
    expect(isSame(settled.subarray(-1_024), through(kind.make(null), sound).subarray(-1_024))).toBe(true);
  });

  test("a setting that is reached by a change is the setting", () => {
    const [one, other] = kind.ends as [object, object];
    const quiet = new Float32Array(kind.name === "compressor" ? 3 * 96_000 : 12_800);
    const sound = noise(4_800, 8, 0.3);
    const both = new Float32Array(quiet.length + sound.length);
    both.set(sound, quiet.length);
    const changed = through(kind.make(one), both, { 128: settingsOf(kind, other) });
    const fresh = through(kind.make(other), both);
    const rest = changed.map((each, i) => (i < quiet.length ? 0 : each - fresh[i]!));
    expect(largest(rest)).toBeLessThan(1e-6);
  });

  test("any cutting into blocks gives the same samples, also while it changes", () => {
    const whole = [noise(4_096, 9), noise(4_096, 10)] as const;
    const parts = [noise(4_096, 9), noise(4_096, 10)] as const;
    const [a, b] = [kind.make(null), kind.make(null)];
    for (const core of [a, b]) core.set(settingsOf(kind, kind.ends[0]!));
    a.process(...whole);
    for (let at = 0; at < 4_096; at += 53) b.process(parts[0].subarray(at, at + 53), parts[1].subarray(at, at + 53));
    expect(parts.map((part, i) => isSame(part, whole[i]!))).toEqual([true, true]);
  });
});

describe("echo", () => {
  test("nothing old is heard when it is switched on again", () => {
    const core = new EchoCore(RATE, chainSettings({ echo: { delay_seconds: 0.1, feedback: 0.9, mix: 1 } }).echo!);
    const sound = new Float32Array(48_000);
    sound.set(noise(4_800, 2));
    const out = through(core, sound, { 4_864: null, 9_600: chainSettings({ echo: { delay_seconds: 0.1 } }).echo });
    expect(largest(out.subarray(9_600))).toBe(0);
  });

  test("a delay that moves again and again is heard where it ends", () => {
    const at = (delay_seconds: number) => chainSettings({ echo: { delay_seconds, feedback: 0, mix: 1, tone_hz: 16_000 } }).echo!;
    const core = new EchoCore(RATE, at(0.02));
    core.set(at(0.1));
    const silence = [new Float32Array(100), new Float32Array(100)] as const;
    core.process(...silence);
    core.set(at(0.05));
    const out = through(core, Float32Array.from({ length: 12_800 }, (_, i) => (i === 5_000 ? 1 : 0)));
    expect(out.indexOf(largest(out.subarray(5_001)))).toBe(7_400);
    expect(out.findIndex((each, i) => i > 5_000 && each !== 0)).toBe(7_400);
  });
});

describe("limiter", () => {
  const limiter = (ceiling_db = -1, release_seconds = 0.01) => new LimiterCore(RATE, { ceiling_db, release_seconds });

  /** The largest value of and between the samples. */
  function truePeak(samples: Float32Array): number {
    let peak = largest(samples);
    for (let i = 0; i + 32 <= samples.length; i += 1) {
      for (const row of PHASES) {
        let sum = 0;
        for (let tap = 0; tap < 32; tap += 1) sum += row[tap]! * samples[i + tap]!;
        peak = Math.max(peak, Math.abs(sum));
      }
    }
    return peak;
  }

  test.each([1, 2, 3, 4])("no true peak of wild noise passes the ceiling (%i)", (seed) => {
    const signs = noise(9_600, seed);
    const levels = noise(192, seed + 50);
    const wild = signs.map((sign, i) => Math.sign(sign) * 10 ** (2 * levels[Math.floor(i / 50)]!));
    const out = through(limiter(), wild);
    expect(truePeak(out)).toBeLessThanOrEqual(10 ** (-1 / 20));
    expect(truePeak(out)).toBeGreaterThan(0.7);
  });

  test("what stays below passes to the bit, as late as it says", () => {
    const core = limiter(0);
    const sound = noise(6_400, 4, 0.3);
    expect(isSame(through(core as Core<unknown>, sound).subarray(272), sound.subarray(0, 6_400 - 272))).toBe(true);
    expect(core.latencyFrames).toBe(272);
  });

  test("another ceiling is reached without a click and then kept", () => {
    const out = through(limiter(0), tone(25_600, 1), { 12_800: { ceiling_db: -12, release_seconds: 0.1 } });
    expect(bend(out)).toBeLessThan(0.004);
    expect(largest(out.subarray(15_000))).toBeCloseTo(10 ** (-12.2 / 20), 3);
    expect(largest(out.subarray(0, 12_000))).toBeCloseTo(10 ** (-0.2 / 20), 2);
  });

  test("it is never off", () => {
    const core = limiter(-6);
    core.set(null);
    expect(largest(through(core as Core<unknown>, sine(9_600, 100, 5)))).toBeLessThan(0.51);
  });
});

describe("glide", () => {
  test("goes in a line, arrives exactly, and turns on the way", () => {
    const glide = new Glide(0);
    glide.send(0.1);
    for (let i = 0; i < GLIDE_FRAMES / 2; i += 1) glide.next();
    expect(glide.value).toBeCloseTo(0.05, 9);
    glide.send(0.3);
    expect(glide.isSettled).toBe(false);
    for (let i = 0; i < GLIDE_FRAMES; i += 1) glide.next();
    expect([glide.value, glide.isSettled, glide.next()]).toEqual([0.3, true, 0.3]);
    glide.jump(7);
    expect([glide.next(), glide.isSettled]).toEqual([7, true]);
  });
});
