import { describe, expect, test } from "vitest";
import settingsVectors from "../../../../tests/vectors/effects_settings.json";
import soundVectors from "../../../../tests/vectors/effects_sound.json";
import { CompressorCore } from "../../src/effects/compressor";
import { DriveCore } from "../../src/effects/drive";
import { EchoCore } from "../../src/effects/echo";
import { impulseResponse, responseFrames } from "../../src/effects/impulseResponse";
import { LimiterCore } from "../../src/effects/limiter";
import { PRESETS } from "../../src/effects/presets";
import { BANDS_HZ, chainSettings, EffectRefused, MOST_GAIN_DB, NUMBERS, SPACES, type Space } from "../../src/effects/settings";
import { shared } from "../fakes/effectSounds";

test("names, ranges and defaults are those of the server", () => {
  expect(BANDS_HZ).toEqual(settingsVectors.bands_hz);
  expect(MOST_GAIN_DB).toBe(settingsVectors.most_gain_db);
  expect(SPACES).toEqual(settingsVectors.spaces);
  expect(NUMBERS).toEqual(settingsVectors.numbers);
});

test("presets are those of the server", () => {
  expect(Object.fromEntries(PRESETS)).toEqual(settingsVectors.presets);
});

test.each(settingsVectors.accepted)("what the server accepts is accepted as the same: $given", ({ given, plain }) => {
  expect(chainSettings(given)).toEqual(plain);
});

test.each(settingsVectors.refused)("what the server refuses is refused with its code: $given", ({ given, code }) => {
  expect(() => chainSettings(given)).toThrow(EffectRefused);
  expect(() => chainSettings(given)).toThrow(expect.objectContaining({ code }));
});

describe("sound", () => {
  const coreOf = (content: object) => {
    const { drive, compressor, echo, limiter } = chainSettings(content);
    const rate = soundVectors.rate_hz;
    if (drive !== undefined) return new DriveCore(rate, drive);
    if (compressor !== undefined) return new CompressorCore(rate, compressor);
    if (echo !== undefined) return new EchoCore(rate, echo);
    return new LimiterCore(rate, limiter!);
  };

  test.each(soundVectors.cases)("$name makes the samples that the server makes", ({ settings, gain_db, latency_frames, samples }) => {
    for (const block of [128, soundVectors.frames]) {
      const core = coreOf(settings);
      const channels = shared(soundVectors.frames, Math.fround(10 ** (gain_db / 20)));
      for (let at = 0; at < soundVectors.frames; at += block) core.process(channels[0].subarray(at, at + block), channels[1].subarray(at, at + block));
      expect(core.latencyFrames).toBe(latency_frames);
      channels.forEach((channel, i) => {
        samples[i]!.forEach((wanted, k) => expect(Math.abs(channel[k * soundVectors.every]! - wanted)).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted))));
      });
    }
  });

  test.each(soundVectors.responses)("the response of a $space at $rate_hz Hz is that of the server", ({ space, rate_hz, frames, places, samples }) => {
    const response = impulseResponse(space as Space, rate_hz);
    expect(responseFrames(space as Space, rate_hz)).toBe(frames);
    response.forEach((channel, i) => {
      expect(channel.length).toBe(frames);
      places.forEach((place, k) => expect(Math.abs(channel[place]! - samples[i]![k]!)).toBeLessThan(1e-7));
    });
  });
});
