import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clicks } from "../../src/audio/marks";
import { OutputSide } from "../../src/audio/outputSide";
import { preset } from "../../src/effects/presets";
import { localFromMilliseconds, serverMicros } from "../../src/units";
import { AudioPage, FakeContext, FakeGain, PlainTime, settingsOf } from "../fakes/audioPage";

let page: AudioPage;
let time: PlainTime;
let side: OutputSide;

beforeEach(() => {
  page = new AudioPage();
  page.install();
  time = new PlainTime();
  const context = new FakeContext(page) as unknown as AudioContext;
  side = new OutputSide(context, settingsOf(time), () => localFromMilliseconds(page.now()));
});

afterEach(() => {
  side.close();
  page.restore();
});

async function measure(seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 30; i += 1) {
    await vi.advanceTimersByTimeAsync(33);
    side.meter.sample();
  }
}

test("is ready when both the output and room time are known", async () => {
  expect(side.isReady).toBe(false);
  await measure(2);
  expect(side.isReady).toBe(true);
  time.isReady = false;
  expect(side.isReady).toBe(false);
});

test("knows the frame that is heard at a room instant, latency and offset included", async () => {
  await measure(2);
  const now = serverMicros(Math.round(page.now() * 1000));
  const heard = (page.context!.currentTime - 0.06) * 48_000;
  expect(Math.abs(side.frameAt(now) - heard)).toBeLessThan(5);
  // A device that sounds 100 ms late has to let out now what is due then.
  side.setOffset(100_000);
  expect(Math.abs(side.frameAt(now) - (heard - 4_800))).toBeLessThan(5);
});

test("counts shifts of the output and of room time", async () => {
  await measure(10);
  expect(side.shifts).toBe(0);
  page.lost = 50;
  await measure(0.5);
  expect(side.shifts).toBe(1);
  time.jumps = 2;
  expect(side.shifts).toBe(3);
});

test("another device is measured from nothing; the first look is no change", async () => {
  await measure(2);
  expect([side.isReady, side.view.output]).toEqual([true, "Speakers"]);
  page.devices.label = "Headphones";
  page.devices.dispatchEvent(new Event("devicechange"));
  await vi.advanceTimersByTimeAsync(0);
  expect([side.isReady, side.view.output]).toEqual([false, "Headphones"]);
  await measure(1);
  expect(side.isReady).toBe(true);
});

test("nobody is told of devices once it is closed", async () => {
  await measure(2);
  side.close();
  page.devices.dispatchEvent(new Event("devicechange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(side.meter.isReady).toBe(true);
});

test("clicks take the place of the music, on the room's seconds, and give it back", async () => {
  await measure(2);
  side.volume.welcome();
  const music = page.gains[0]!.gain.calls;
  side.setMarks(clicks(0, 60e6));
  expect(music.at(-1)).toEqual(["setTargetAtTime", 0, page.context!.currentTime, 0.03]);
  const [call] = page.sources[0]!.calls;
  // Room time is page time: a whole second of it leaves the output 60 ms after it was computed.
  const instant = (call![1]! + 0.06) + 0.5;
  expect(Math.abs(instant - Math.round(instant))).toBeLessThan(0.001);
  side.setMarks(null);
  expect(music.at(-1)).toEqual(["setTargetAtTime", 0.25, page.context!.currentTime, 0.03]);
  expect(page.sources.every((source) => source.to === null)).toBe(true);
});

describe("effects", () => {
  beforeEach(() => {
    vi.stubGlobal("BiquadFilterNode", class extends FakeGain {});
  });

  test("their latency is made up for in what is let out, and told, and marks go past them", async () => {
    await measure(2);
    const now = serverMicros(Math.round(page.now() * 1000));
    const [frame, shifts, latency] = [side.frameAt(now), side.shifts, side.view.outputLatency];
    await side.setEffects(preset("bass"));
    expect([side.frameAt(now) - frame, side.shifts - shifts]).toEqual([-303, 1]);
    expect(side.view.outputLatency - latency).toBe(Math.round((303 / 48_000) * 1e6));
    side.setMarks(clicks(0, 60e6));
    const instant = page.sources[0]!.calls[0]![1]! + 0.06 + 0.5;
    expect(Math.abs(instant - Math.round(instant))).toBeLessThan(0.001);
    await side.setEffects({});
    expect([side.frameAt(now), side.shifts, side.view.outputLatency]).toEqual([frame, shifts + 2, latency]);
  });

  test("nothing lies between player and volume but gains of one until one is chosen", () => {
    const input = side.input as unknown as FakeGain;
    expect((input.to as FakeGain).to).toBe(side.volume.node);
  });
});
