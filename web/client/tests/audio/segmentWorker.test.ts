import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AudioPage, FakePort } from "../fakes/audioPage";

const MANIFEST = {
  track: "a", rendition: "r", codec: "flac", kilobits: 0, frames: 300_000, segment_frames: 192_000, pre_roll_frames: 0, description: "",
  gain_db: 0, segments: ["/s/0", "/s/1"],
};

const scope = self as unknown as { onmessage: ((event: { data: unknown }) => void) | null; postMessage: unknown };
const worker = new FakePort();
let asked: string[] = [];

beforeEach(async () => {
  vi.resetModules();
  vi.useFakeTimers();
  asked = [];
  worker.told.length = 0;
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(url.includes("/api/") ? JSON.stringify(MANIFEST) : new Uint8Array(16)));
  });
  vi.spyOn(self, "postMessage").mockImplementation((message: unknown) => worker.postMessage(message as { kind: string }));
  // A browser without WebCodecs: segments are FLAC, and the page decodes them.
  vi.stubGlobal("AudioDecoder", undefined);
  await import("../../src/audio/segmentWorker");
});

afterEach(() => {
  scope.onmessage = null;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const say = (data: unknown) => scope.onmessage?.({ data });
const LADDER = { wish: { choice: "auto", isSaving: false }, start: "opus-96" };
const want = { kind: "want", wants: [{ track: "a", frame: 0, ahead: 400_000, delay: 0 }] };

test("fetches nothing before it knows its room", async () => {
  say(want);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([]);
});

test("asks for what it can decode, tells what came, and hands FLAC to the page with its place and length", async () => {
  say({ kind: "setup", room: "r 1", origin: "https://h.test", chunks: new AudioPage().port, ...LADDER });
  say(want);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual(["https://h.test/api/manifests/a?room=r+1&codec=flac&near=0", "https://h.test/s/0", "https://h.test/s/1"]);
  expect(worker.of("arrived").map(({ arrival }) => arrival)).toEqual([
    { track: "a", start: 0, frames: 192_000, rung: "flac", bytes: 16 },
    { track: "a", start: 192_000, frames: 108_000, rung: "flac", bytes: 16 },
  ]);
  expect(worker.of("encoded").map(({ name, start, frames, gain }) => ({ name, start, frames, gain }))).toEqual([
    { name: { track: "a", index: 0 }, start: 0, frames: 192_000, gain: 1 },
    { name: { track: "a", index: 1 }, start: 192_000, frames: 108_000, gain: 1 },
  ]);
});

test("fetches again what it is told was dropped", async () => {
  say({ kind: "setup", room: "r", origin: "https://h.test", chunks: new AudioPage().port, ...LADDER });
  say(want);
  await vi.advanceTimersByTimeAsync(100);
  asked = [];
  say({ kind: "dropped", names: [{ track: "a", index: 1 }] });
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual(["https://h.test/s/1"]);
});

test("a browser that decodes no Opus has one rung, whatever is wanted", async () => {
  say({ kind: "setup", room: "r", origin: "https://h.test", chunks: new AudioPage().port, ...LADDER });
  say({ kind: "wish", wish: { choice: "opus-48", isSaving: true } });
  say(want);
  await vi.advanceTimersByTimeAsync(100);
  expect(worker.of("rung")).toEqual([{ kind: "rung", rung: "flac", isFixed: true }]);
  expect(asked[0]).toContain("codec=flac");
});

test("with a decoder it asks for the rung it begins on, and for another as soon as somebody wants it", async () => {
  vi.stubGlobal("AudioDecoder", class { state = "unconfigured"; });
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return new Promise(() => undefined);
  });
  say({ kind: "setup", room: "r", origin: "https://h.test", chunks: new AudioPage().port, ...LADDER });
  say(want);
  say({ kind: "wish", wish: { choice: "auto", isSaving: true } });
  await vi.advanceTimersByTimeAsync(100);
  expect(worker.of("rung")).toEqual([{ kind: "rung", rung: "opus-96", isFixed: false }, { kind: "rung", rung: "opus-48", isFixed: false }]);
  expect(asked).toEqual(["https://h.test/api/manifests/a?room=r&codec=opus&kilobits=96&near=0"]);
});

test("tells of trouble", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve({ ok: false, status: 404, json: () => Promise.resolve({ code: "unknown-track", reason: "Gone." }) }));
  say({ kind: "setup", room: "r", origin: "https://h.test", chunks: new AudioPage().port, ...LADDER });
  say(want);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(worker.of("trouble")).toEqual([{ kind: "trouble", track: "a", code: "unknown-track", reason: "Gone." }]);
});
