import { beforeEach, expect, test } from "vitest";
import { preset } from "../../src/effects/presets";
import { type ChainSettings, chainSettings, EffectRefused } from "../../src/effects/settings";
import { DeviceMemory, passingShelf } from "../../src/session/memory";
import { Notices } from "../../src/session/notices";
import { OwnVibe, UNTOUCHED, withoutIdle } from "../../src/session/ownVibe";

let memory: DeviceMemory;
let notices: Notices;
let heard: ChainSettings[];
const apply = (effects: ChainSettings): Promise<void> => Promise.resolve(void heard.push(effects));

beforeEach(() => {
  memory = new DeviceMemory(passingShelf());
  memory.me = { principal: "ada", device: "d", name: "Ada" };
  notices = new Notices();
  heard = [];
});

test("nothing is put on a sound that nobody changed", () => {
  new OwnVibe(memory, notices).begin(apply);
  expect(heard).toEqual([]);
});

test("effects are heard at once, kept for that person, and put on the next sound", () => {
  const vibe = new OwnVibe(memory, notices);
  vibe.setEffects(preset("hall"));
  expect(heard).toEqual([]);
  vibe.begin(apply);
  vibe.setEffects(preset("night"));
  expect(heard).toEqual([preset("hall"), preset("night")]);
  vibe.end();
  vibe.setEffects(preset("warm"));
  expect(heard).toHaveLength(2);
  expect(new OwnVibe(memory, notices).view.get()).toEqual({ effects: preset("warm"), isBypassed: false });
  memory.me = { principal: "bob", device: "d", name: "Bob" };
  expect(new OwnVibe(memory, notices).view.get().effects).toEqual({});
});

test("to compare, the chain stays where it is and changes nothing; whoever turns a knob hears it again", () => {
  const vibe = new OwnVibe(memory, notices);
  vibe.begin(apply);
  vibe.bypass(true);
  vibe.setEffects(preset("bass"));
  vibe.bypass(true);
  vibe.bypass(false);
  vibe.bypass(true);
  vibe.setEffects(preset("treble"));
  expect(heard).toEqual([{}, preset("bass"), UNTOUCHED, preset("bass"), UNTOUCHED, preset("treble")]);
  expect(vibe.view.get().isBypassed).toBe(false);
});

test("a level equalizer costs no latency", () => {
  const flat = chainSettings({ equalizer: {} });
  expect(withoutIdle(flat)).toEqual({});
  expect(withoutIdle({ ...flat, ...preset("hall") })).toEqual(preset("hall"));
  expect(withoutIdle(preset("bass"))).toEqual(preset("bass"));
});

test("what is kept of another time, or damaged, is no vibe", () => {
  for (const kept of [{ vocoder: {} }, { echo: { mix: 7 } }, [1]]) {
    memory.effects = kept;
    expect(new OwnVibe(memory, notices).view.get().effects).toEqual({});
  }
});

test("a browser without a place for effects says so", async () => {
  const vibe = new OwnVibe(memory, notices);
  vibe.begin(() => Promise.reject(new EffectRefused("effects-unavailable", "This browser gives the page no place for effects.")));
  vibe.setEffects(preset("hall"));
  await Promise.resolve();
  await Promise.resolve();
  expect(notices.shown.get().map(({ text }) => text)).toEqual(["This browser gives the page no place for effects."]);
});
