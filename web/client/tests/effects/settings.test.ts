import { expect, test } from "vitest";
import { preset, PRESETS } from "../../src/effects/presets";
import { chainSettings, EffectRefused, isOff, NUMBERS } from "../../src/effects/settings";

test("what is not named has its default and what is not asked for is off", () => {
  const settings = chainSettings({ compressor: { ratio: 4 } });
  expect(Object.keys(settings)).toEqual(["compressor"]);
  expect(settings.compressor).toEqual({ ratio: 4, threshold_db: -18, knee_db: 6, attack_seconds: 0.01, release_seconds: 0.15, makeup_db: 0 });
  expect([isOff(settings), isOff(chainSettings({}))]).toEqual([false, true]);
});

test("every end of every range is accepted and what lies beyond is refused", () => {
  for (const [effect, numbers] of Object.entries(NUMBERS)) {
    for (const [name, [least, most]] of Object.entries(numbers) as [string, [number, number, number]][]) {
      const of = (value: unknown) => chainSettings({ [effect]: { [name]: value } });
      expect(Object.values(of(least))[0]).toMatchObject({ [name]: least });
      expect(Object.values(of(most))[0]).toMatchObject({ [name]: most });
      const beyond = 1e-6 * Math.max(1, Math.abs(most));
      for (const value of [least - beyond, most + beyond]) expect(() => of(value)).toThrow(expect.objectContaining({ code: "out-of-range" }));
      for (const value of [NaN, Infinity, "1", null, true]) expect(() => of(value)).toThrow(expect.objectContaining({ code: "bad-parameter" }));
    }
  }
});

test("names that every object has are no names of effects", () => {
  expect(() => chainSettings(JSON.parse('{"__proto__": {}}'))).toThrow(EffectRefused);
  expect(() => chainSettings({ echo: JSON.parse('{"__proto__": 1}') as unknown })).toThrow(EffectRefused);
  expect(() => preset("constructor")).toThrow(expect.objectContaining({ code: "unknown-preset" }));
});

test("a preset is what its name says, and what JSON could say too", () => {
  expect(preset("hall").reverb?.space).toBe("hall");
  for (const settings of PRESETS.values()) expect(chainSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});
