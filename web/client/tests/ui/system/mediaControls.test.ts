import { beforeEach, describe, expect, it } from "vitest";
import type { Track } from "../../../src/api/answers";
import { Cell } from "../../../src/session/observed";
import { MediaControls } from "../../../src/ui/system/mediaControls";
import { FakeListening, queueOf } from "../fakeListening";
import { trackOf } from "../fakeServer";
import { FakeMedia } from "../fakeSystem";

let media: FakeMedia;
let listening: FakeListening;
let tracks: Map<string, Cell<Track | null>>;
let now: number;

beforeEach(() => {
  media = new FakeMedia();
  listening = new FakeListening();
  tracks = new Map(["t0", "t1", "t2"].map((id) => [id, new Cell<Track | null>(trackOf(id, `Title ${id}`, "Koto Harrow", { album: "One" }))]));
  now = 100;
  listening.queue.set(queueOf(["t0", "t1", "t2"]));
});

function open(): MediaControls {
  return new MediaControls({
    port: media,
    listening,
    track: (id) => tracks.get(id)!,
    coverUrl: (track) => `https://hathor.test/covers/${track}`,
    now: () => now,
  });
}

describe("what the lock screen shows", () => {
  it("is the track, as soon as its title is known, with its cover if it has one", () => {
    tracks.get("t1")!.set(null);
    listening.begin("e1");
    open();
    expect(media.words).toBeNull();
    tracks.get("t1")!.set(trackOf("t1", "Low Tide", "Koto Harrow", { album: "One", has_cover: true }));
    expect(media.words).toEqual({
      title: "Low Tide",
      artist: "Koto Harrow",
      album: "One",
      artwork: [{ src: "https://hathor.test/covers/t1" }],
    });
    listening.begin("e2");
    expect(media.words).toMatchObject({ title: "Title t2", artwork: [] });
    tracks.get("t1")!.set(trackOf("t1", "Somewhere else"));
    expect(media.words?.title).toBe("Title t2");
  });

  it("is told once, however often the room changes", () => {
    listening.begin("e1");
    const controls = open();
    const before = media.shown;
    controls.refresh();
    listening.queue.set(queueOf(["t0", "t1"]));
    expect(media.shown).toBe(before);
  });

  it("follows playing and pausing", () => {
    listening.begin("e1");
    open();
    expect(media.playback).toBe("playing");
    listening.pause();
    expect(media.playback).toBe("paused");
  });

  it("is nothing while this device does not sound, or nothing is queued", () => {
    listening.begin("e1");
    listening.room.set({ ...listening.room.get()!, hasSound: false });
    open();
    expect([media.words, media.playback, media.keys.size]).toEqual([null, "none", 0]);
    listening.room.set({ ...listening.room.get()!, hasSound: true });
    expect([media.words?.title, media.playback]).toEqual(["Title t1", "playing"]);
    listening.transport.set({ status: "empty", entry: null, track: null, length: 0, next: null, ratePermille: 1000, pitchCents: 0, keepsFormants: false });
    expect([media.words, media.playback, media.keys.size]).toEqual([null, "none", 0]);
  });

  it("goes when the room is left", () => {
    listening.begin("e1");
    open().close();
    expect([media.words, media.playback, media.keys.size, media.positions.at(-1)]).toEqual([null, "none", 0, null]);
    listening.pause();
    expect(media.playback).toBe("none");
  });
});

describe("the position", () => {
  it("is told at the start and after a jump, and not while it moves as expected", () => {
    listening.begin("e1");
    const controls = open();
    expect(media.positions).toEqual([[220, 0, 1]]);
    for (let second = 1; second < 10; second += 1) {
      now += 1;
      listening.at += 1_000_000;
      controls.refresh();
    }
    expect(media.positions).toHaveLength(1);
    listening.at = 90_000_000;
    controls.refresh();
    expect(media.positions.at(-1)).toEqual([220, 90, 1]);
  });

  it("moves at the speed of the room", () => {
    listening.begin("e1");
    listening.transport.set({ ...listening.transport.get(), ratePermille: 800 });
    const controls = open();
    expect(media.positions.at(-1)).toEqual([220, 0, 0.8]);
    now += 10;
    listening.at += 8_000_000;
    controls.refresh();
    expect(media.positions).toHaveLength(1);
  });

  it("stands still while paused, at a speed the interface accepts", () => {
    listening.begin("e1");
    listening.at = 7_000_000;
    const controls = open();
    listening.pause();
    now += 60;
    controls.refresh();
    expect(media.positions).toEqual([[220, 7, 1], [220, 7, 1]]);
  });

  it("is never beyond the end, and unknown while the length is", () => {
    listening.begin("e1");
    listening.at = 999_000_000;
    open();
    expect(media.positions.at(-1)).toEqual([220, 220, 1]);
    listening.transport.set({ ...listening.transport.get(), length: 0 });
    expect(media.positions.at(-1)).toBeNull();
  });
});

describe("the keys", () => {
  it("do what the buttons do", () => {
    listening.begin("e1");
    open();
    listening.at = 60_000_000;
    media.press("pause");
    media.press("play");
    media.press("nexttrack");
    media.press("previoustrack");
    listening.at = 60_000_000;
    media.press("seekto", { seekTime: 30 });
    media.press("seekforward", { seekOffset: 10 });
    media.press("seekbackward");
    media.press("stop");
    expect(listening.calls).toEqual([
      "pause", "play", "next", "previous", "seek 30000000", "seek 40000000", "seek 35000000", "pause",
    ]);
  });

  it("never seek out of the track", () => {
    listening.begin("e1");
    open();
    media.press("seekbackward", { seekOffset: 600 });
    media.press("seekforward", { seekOffset: 600 });
    expect(listening.calls).toEqual(["seek 0", "seek 220000000"]);
  });

  it("are this person's to the extent of the role", () => {
    listening.begin("e1");
    listening.room.set({ ...listening.room.get()!, may: new Set(["add"]) });
    open();
    expect([...media.keys.keys()]).toEqual([]);
    expect(media.words?.title).toBe("Title t1");
    listening.room.set({ ...listening.room.get()!, may: new Set(["control"]) });
    expect(media.keys.size).toBe(8);
  });

  it("lack what there is nothing for", () => {
    listening.begin("e2");
    open();
    expect(media.keys.has("nexttrack")).toBe(false);
    expect(media.keys.has("previoustrack")).toBe(true);
  });
});
