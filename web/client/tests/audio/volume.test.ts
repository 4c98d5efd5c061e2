import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Volume } from "../../src/audio/volume";

/** Where a gain was sent last, and how. */
class FakeGain {
  readonly told: string[] = [];
  readonly gain = {
    setValueAtTime: (value: number) => this.told.push(`set ${value}`),
    linearRampToValueAtTime: (value: number) => this.told.push(`rise ${value}`),
    setTargetAtTime: (value: number) => this.told.push(`glide ${value}`),
  };
}

beforeEach(() => {
  vi.stubGlobal("GainNode", FakeGain);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function open(volume: number): { volume: Volume; told: string[] } {
  const made = new Volume({ currentTime: 1 } as BaseAudioContext, volume);
  return { volume: made, told: (made.node as unknown as FakeGain).told };
}

test("the first sound rises to the volume, once", () => {
  const { volume, told } = open(0.5);
  volume.set(0.8);
  expect(told).toEqual([]);
  volume.welcome();
  volume.welcome();
  expect(told).toEqual(["set 0", `rise ${0.8 * 0.8}`]);
});

test("hushed it is silent whatever the volume, and comes back to the volume of then", () => {
  const { volume, told } = open(0.5);
  volume.welcome();
  told.length = 0;
  volume.hush(true);
  volume.set(1);
  volume.hush(false);
  expect(told).toEqual(["glide 0", "glide 0", "glide 1"]);
});

test("a first sound while it is hushed stays silent until that ends", () => {
  const { volume, told } = open(0.5);
  volume.hush(true);
  volume.welcome();
  volume.hush(false);
  expect(told).toEqual(["set 0", "rise 0", "glide 0.25"]);
});
