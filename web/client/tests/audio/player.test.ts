import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Program } from "../../src/audio/line";
import { positionAt } from "../../src/audio/line";
import { Player } from "../../src/audio/player";
import type { CoreStatus } from "../../src/audio/workletCore";
import { preset } from "../../src/effects/presets";
import { AudioPage, FakeGain, PlainTime, playing, settingsOf } from "../fakes/audioPage";

let page: AudioPage;
let time: PlainTime;
let settings: ReturnType<typeof settingsOf>;
let player: Player;

beforeEach(() => {
  page = new AudioPage();
  page.install();
  time = new PlainTime();
  settings = settingsOf(time);
  player = new Player(settings);
});

afterEach(() => page.restore());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const programs = () => page.port.of("program") as unknown as { program: Program; isShifted: boolean; mode: string; clockError: number }[];
const latest = () => programs().at(-1)!;

const STATUS: CoreStatus = {
  frame: 0, sounding: "in-step", entry: "e", track: "a", position: 48_000, tempo: 1, error: 120, ppm: 0, ahead: 96_000, jumps: 0, leap: null,
  lineEntry: "e", hasSound: true, dropped: [],
};
const say = (status: Partial<CoreStatus> = {}) => page.port.onmessage?.({ data: { kind: "status", status: { ...STATUS, ...status } } });

/** The track's position, in seconds, that the latest lines let be heard now. */
function heardNow(): number {
  const line = latest().program[0]!;
  return positionAt(line, (page.context!.currentTime - 0.06) * 48_000) / 48_000;
}

async function listen(): Promise<void> {
  await player.start();
  player.follow(playing(1_000_000));
  await pass(12_000);
}

describe("lines", () => {
  test("are told ten times a second, with latency in them, once the output is known", async () => {
    await player.start();
    player.follow(playing(1_000_000));
    await pass(400);
    expect(programs()).toEqual([]);
    await pass(1_600);
    expect(programs().length).toBeGreaterThan(10);
    expect(heardNow()).toBeCloseTo(page.now() / 1000 - 1, 3);
    expect(latest()).toMatchObject({ mode: "sync", clockError: 500, isShifted: false });
  });

  test("feed a device that sounds late earlier, at once", async () => {
    await listen();
    player.setOffset(120_000);
    expect(heardNow()).toBeCloseTo(page.now() / 1000 - 1 + 0.12, 3);
  });

  test("say at once what comes first here", async () => {
    await listen();
    player.setMode("quality");
    expect(latest().mode).toBe("quality");
  });

  test("wait for a clock that is known", async () => {
    time.isReady = false;
    await listen();
    expect(programs()).toEqual([]);
    time.isReady = true;
    await pass(100);
    expect(programs().length).toBe(1);
  });
});

describe("a shift that is certain", () => {
  test("of the output is told once, within half a second, by the right amount", async () => {
    await listen();
    page.lost = 80;
    await pass(450);
    expect(programs().filter((each) => each.isShifted)).toHaveLength(1);
    expect(heardNow()).toBeCloseTo(page.now() / 1000 - 1, 3);
    await pass(3_000);
    expect(programs().filter((each) => each.isShifted)).toHaveLength(1);
  });

  test("of room time is told with the next reading, and other sound is asked for", async () => {
    await listen();
    page.worker.told.length = 0;
    time.jumps = 1;
    time.toRoom = (instant) => Math.floor(instant + 20e6) as ReturnType<PlainTime["toRoom"]>;
    time.toPage = (instant) => (instant - 20e6) as ReturnType<PlainTime["toPage"]>;
    await pass(40);
    expect(latest().isShifted).toBe(true);
    expect(page.worker.of("want").length).toBeGreaterThan(0);
    expect(heardNow()).toBeCloseTo(page.now() / 1000 - 1 + 20, 3);
    await pass(200);
    expect(latest().isShifted).toBe(false);
  });
});

test("a restarted server that has not yet said what it plays stops no music", async () => {
  await listen();
  time.epoch = "e2";
  const before = programs().length;
  await pass(2_000);
  expect(programs().slice(before).filter((each) => each.program.length === 0)).toEqual([]);
  player.follow(playing(2_000_000, "e2"));
  expect(latest().program[0]!.record).toMatch(/^e2/);
});

test("another output is noticed, named, and measured anew before it is used", async () => {
  await listen();
  say();
  expect(player.view.get().output).toBe("Speakers");
  page.devices.label = "Headphones";
  page.devices.dispatchEvent(new Event("devicechange"));
  await pass(0);
  const before = programs().length;
  await pass(300);
  expect(programs().length).toBe(before);
  await pass(700);
  expect(programs().length).toBeGreaterThan(before);
  say();
  expect(player.view.get().output).toBe("Headphones");
});

describe("what is shown", () => {
  test("is what the audio thread and the output say", async () => {
    await listen();
    say();
    expect(player.view.get()).toMatchObject({ state: "in-step", playbackError: 120, bufferedTo: 3_000_000, entry: "e", hasFirstSegment: true, looseBecause: "" });
    say({ sounding: "silent", entry: "", ahead: 0 });
    // Through a pause what was here stays here.
    expect(player.view.get()).toMatchObject({ state: "silent", bufferedTo: 3_000_000 });
    say({ sounding: "buffering", entry: "", lineEntry: "other", hasSound: false });
    expect(player.view.get()).toMatchObject({ state: "buffering", bufferedTo: 0, hasFirstSegment: false });
  });

  test("tells what is heard, what comes next, and what that takes", async () => {
    await listen();
    const tell = (data: unknown) => page.worker.onmessage?.({ data });
    expect(page.worker.of("setup")[0]).toMatchObject({ wish: { choice: "auto", isSaving: false }, start: "opus-160" });
    tell({ kind: "rung", rung: "opus-160", isFixed: false });
    tell({ kind: "arrived", arrival: { track: "a", start: 0, frames: 192_000, rung: "opus-160", bytes: 80_000 }, kilobitsPerSecond: 9_000 });
    say();
    expect(player.view.get().supply).toEqual({ heard: "opus-160", fetched: "opus-160", bytesPerMinute: 1_200_000, kilobitsPerSecond: 9_000, isFixed: false });
    player.setWish({ choice: "opus-48", isSaving: false });
    expect(page.worker.of("wish")).toEqual([{ kind: "wish", wish: { choice: "opus-48", isSaving: false } }]);
    tell({ kind: "rung", rung: "opus-48", isFixed: false });
    say();
    expect(player.view.get().supply).toMatchObject({ heard: "opus-160", fetched: "opus-48", bytesPerMinute: 0 });
    say({ track: "" });
    expect(player.view.get().supply.heard).toBeNull();
  });

  test("sound that goes on when locked is loose, and exact again afterwards", async () => {
    await listen();
    expect(await player.setLasting(true)).toBe(true);
    expect(page.element.play).toHaveBeenCalledOnce();
    expect(page.gains[0]!.to).toBe(page.context!.stream);
    say();
    expect(player.view.get()).toMatchObject({ state: "loose", looseBecause: "lasting" });
    expect(await player.setLasting(false)).toBe(true);
    expect(page.gains[0]!.to).toBe(page.context!.destination);
    say();
    expect(player.view.get()).toMatchObject({ state: "in-step", looseBecause: "" });
  });

  test("a browser that refuses to play on leaves the sound exact", async () => {
    await listen();
    page.element.play.mockRejectedValueOnce(new Error("NotAllowedError"));
    expect(await player.setLasting(true)).toBe(false);
    say();
    expect(player.view.get().state).toBe("in-step");
  });
});

describe("effects", () => {
  test("are played earlier by what they take, at the next look at the output, as a shift", async () => {
    vi.stubGlobal("BiquadFilterNode", class extends FakeGain {});
    await listen();
    const before = heardNow();
    await player.setEffects(preset("bass"));
    expect(programs().filter((each) => each.isShifted)).toEqual([]);
    await pass(40);
    expect(programs().filter((each) => each.isShifted)).toHaveLength(1);
    expect(heardNow() - before).toBeCloseTo(0.04 + 303 / 48_000, 3);
    await player.setEffects({});
    await pass(40);
    expect(heardNow() - before).toBeCloseTo(0.08, 3);
  });

  test("are refused before anything plays", async () => {
    await expect(player.setEffects({})).rejects.toMatchObject({ code: "effects-unavailable" });
  });
});

test("what the audio thread dropped is told to the worker, and troubles to the room", async () => {
  await listen();
  say({ dropped: [{ track: "a", index: 3 }] });
  expect(page.worker.of("dropped")).toEqual([{ kind: "dropped", names: [{ track: "a", index: 3 }] }]);
  page.worker.onmessage?.({ data: { kind: "trouble", track: "a", code: "network", reason: "x" } });
  expect(settings.trouble).toHaveBeenCalledWith("a", "network", "x");
});

test("where timers are throttled, messages of the audio thread do their work", async () => {
  await listen();
  const before = programs().length;
  vi.setSystemTime(0);
  const advanced = performance.now() + 1_000;
  vi.spyOn(performance, "now").mockReturnValue(advanced);
  say();
  expect(programs().length).toBe(before + 1);
});

test("an interrupted output is resumed, a closed one is not", async () => {
  await listen();
  const context = page.context!;
  const before = context.resumed;
  context.state = "interrupted";
  context.dispatchEvent(new Event("statechange"));
  expect(context.resumed).toBe(before + 1);
  context.state = "running";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(context.resumed).toBe(before + 1);
  player.close();
  context.state = "suspended";
  context.dispatchEvent(new Event("statechange"));
  expect(context.resumed).toBe(before + 1);
});

test("ends with a fade: lines first, the output 60 ms later", async () => {
  await listen();
  player.close();
  expect(latest().program).toEqual([]);
  expect(page.worker.terminate).toHaveBeenCalledOnce();
  expect(page.context!.state).toBe("running");
  await pass(60);
  expect(page.port.told.at(-1)).toEqual({ kind: "close" });
  expect(page.context!.state).toBe("closed");
  const sent = page.port.told.length;
  await pass(2_000);
  expect(page.port.told.length).toBe(sent);
});
