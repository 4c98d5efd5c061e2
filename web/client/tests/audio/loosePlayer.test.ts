import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LoosePlayer } from "../../src/audio/loosePlayer";
import { pause } from "../../src/timeline/transport";
import { serverMicros } from "../../src/units";
import { AudioPage, type FakeSource, type FakeGain, PlainTime, playing, settingsOf } from "../fakes/audioPage";

const SEGMENT = 192_000;
const MANIFEST = {
  track: "a", rendition: "r", codec: "flac", kilobits: 0, frames: 60 * 48_000, segment_frames: SEGMENT, pre_roll_frames: 0, description: "",
  gain_db: -6, segments: Array.from({ length: 15 }, (_, i) => `/s/${i}`),
};

let page: AudioPage;
let time: PlainTime;
let player: LoosePlayer;

beforeEach(() => {
  page = new AudioPage();
  page.install();
  const answer = (url: string) => new Response(url.includes("/api/") ? JSON.stringify(MANIFEST) : new Uint8Array(8));
  vi.stubGlobal("fetch", vi.fn((url: string) => Promise.resolve(answer(url))));
  time = new PlainTime();
  player = new LoosePlayer(settingsOf(time));
});

afterEach(() => {
  player.close();
  page.restore();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const startOf = (source: FakeSource) => source.calls.find(([name]) => name === "start")![1]!;
const stopOf = (source: FakeSource) => source.calls.filter(([name]) => name === "stop").at(-1)![1]!;
const fadeOf = (source: FakeSource) => (source.to as FakeGain).gain.calls;

async function listen(): Promise<void> {
  await player.start();
  player.follow(playing(1_000_000));
  await pass(6_000);
}

test("schedules slices of two seconds that overlap under their fades", async () => {
  await listen();
  const [one, two] = page.sources;
  const [start, next] = [startOf(one!), startOf(two!)];
  expect(next - start).toBeCloseTo(2, 6);
  expect(stopOf(one!)).toBeCloseTo(next + 0.02, 6);
  const shape = fadeOf(one!).map(([name, value, at]) => [name, value, Math.round((at! - start) * 1000)]);
  expect(shape).toEqual([
    ["setValueAtTime", 0, 0],
    ["linearRampToValueAtTime", 1, 20],
    ["setValueAtTime", 1, 2_000],
    ["linearRampToValueAtTime", 0, 2_020],
  ]);
});

test("is ahead by three seconds, so that timers once a second keep it going", async () => {
  await listen();
  const last = page.sources.at(-1)!;
  expect(startOf(last) + 2).toBeGreaterThan(page.context!.currentTime + 2.7);
});

test("says what it is: loose, because the page is insecure", async () => {
  await listen();
  expect(player.view.get()).toMatchObject({ state: "loose", looseBecause: "insecure", entry: "e", hasFirstSegment: true, supply: { heard: "flac", fetched: "flac", isFixed: true } });
  expect(player.view.get().bufferedTo).toBeGreaterThan(20_000_000);
});

test("cuts what is scheduled when the room stops, with a short fade at the very moment", async () => {
  await listen();
  const at = Math.round(page.now() * 1000) + 1_000_000;
  player.follow(pause(playing(1_000_000), serverMicros(at)));
  const moment = at / 1e6 - 0.5 - 0.06;
  const sounding = page.sources.filter((source) => startOf(source) < moment && stopOf(source) >= moment);
  for (const source of sounding) {
    expect(stopOf(source)).toBeLessThan(moment + 0.05);
    expect(fadeOf(source).at(-1)![0]).toBe("setTargetAtTime");
  }
  expect(sounding.length).toBeGreaterThan(0);
  await pass(2_000);
  expect(player.view.get().state).toBe("silent");
  // What had been placed behind that moment is over before its fade has let anything through.
  expect(page.sources.every((source) => stopOf(source) < Math.max(startOf(source), moment) + 0.05)).toBe(true);
});

test.each([
  ["sync", 70_000, true],
  ["quality", 70_000, false],
  ["quality", 130_000, true],
  ["sync", 30_000, false],
] as const)("with %s first, %i us away from the room are cut: %s", async (mode, away, isCut) => {
  await listen();
  player.setMode(mode);
  const before = page.sources.map(stopOf);
  player.setOffset(away);
  expect(page.sources.slice(0, before.length).some((source, i) => stopOf(source) !== before[i])).toBe(isCut);
});

test("a restarted server that has not yet said what it plays stops no music", async () => {
  await listen();
  time.epoch = "e2";
  const before = page.sources.length;
  await pass(3_000);
  expect(page.sources.length).toBeGreaterThan(before);
  expect(player.view.get().state).toBe("loose");
});

test("refuses effects where the page has no place for them, and plays on", async () => {
  await expect(player.setEffects({})).rejects.toMatchObject({ code: "effects-unavailable" });
  await listen();
  Object.assign(page.context!, { audioWorklet: undefined });
  await player.setEffects({});
  await expect(player.setEffects({ limiter: { ceiling_db: -1, release_seconds: 0.1 } })).rejects.toMatchObject({ code: "effects-unavailable" });
  await pass(2_000);
  expect(player.view.get().state).toBe("loose");
});

test("ends with a fade, and the output 60 ms later", async () => {
  await listen();
  player.close();
  const now = page.context!.currentTime;
  expect(Math.max(...page.sources.map(stopOf))).toBeLessThanOrEqual(now + 0.02 + 1e-9);
  expect(page.context!.state).toBe("running");
  await pass(60);
  expect(page.context!.state).toBe("closed");
});
