import { describe, expect, test } from "vitest";
import { DeviceMemory, passingShelf, shelfOf } from "../../src/session/memory";
import { newId } from "../../src/session/newId";
import { Notices } from "../../src/session/notices";
import { Presence } from "../../src/session/presence";
import { correctionWords, spanWords, syncWords } from "../../src/session/syncWords";
import { BeatingNames, LockedNames, lockOf, takeTab } from "../../src/session/tab";
import { FakeTimers } from "../fakes/timers";

/** Web Locks as a page sees them: a name is held until its callback's promise ends. */
class FakeLocks {
  readonly held = new Set<string>();

  async request(name: string, _options: object, action: (lock: object | null) => unknown): Promise<unknown> {
    await Promise.resolve();
    if (this.held.has(name)) return action(null);
    this.held.add(name);
    try {
      return await action({ name });
    } finally {
      this.held.delete(name);
    }
  }
}

describe("tabs", () => {
  const locks = (): { fake: FakeLocks; names: LockedNames } => {
    const fake = new FakeLocks();
    return { fake, names: new LockedNames(fake as unknown as LockManager) };
  };

  test("keep their name across a reload", async () => {
    const { names } = locks();
    const shelf = passingShelf();
    const first = await takeTab(names, shelf);
    first.leave();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await takeTab(names, shelf)).name).toBe(first.name);
  });

  test("a duplicated tab gets a name of its own", async () => {
    const { names } = locks();
    const shelf = passingShelf();
    const first = await takeTab(names, shelf);
    expect((await takeTab(names, shelf)).name).not.toBe(first.name);
  });

  test("what a living tab holds is not touched, what a closed one left is", async () => {
    const { names, fake } = locks();
    const tab = await takeTab(names, passingShelf());
    const runs: string[] = [];
    const act = (): Promise<void> => Promise.resolve(void runs.push("ran"));
    await names.whileFree(lockOf(tab.name), act);
    expect(runs).toEqual([]);
    tab.leave();
    await new Promise((resolve) => setTimeout(resolve, 1));
    await names.whileFree(lockOf(tab.name), act);
    expect(runs).toEqual(["ran"]);
    expect(fake.held.size).toBe(0);
  });

  test("without locks, heartbeats tell the living from the closed", async () => {
    const timers = new FakeTimers();
    const shelf = passingShelf();
    const ends: (() => void)[] = [];
    const names = (): BeatingNames =>
      new BeatingNames(shelf, () => timers.wall(), (ms, action) => timers.every(ms, action), (action) => ends.push(action));
    const one = await names().hold("a");
    timers.pass(600_000);
    expect(await names().hold("a")).toBeNull();
    let ran = 0;
    await names().whileFree("a", () => Promise.resolve(void (ran += 1)));
    expect(ran).toBe(0);
    one?.();
    await names().whileFree("a", () => Promise.resolve(void (ran += 1)));
    expect(ran).toBe(1);
    await names().hold("a");
    ends.at(-1)?.();
    expect(await names().hold("a")).not.toBeNull();
  });
});

describe("memory", () => {
  test("survives a new page, within bounds", () => {
    const shelf = passingShelf();
    const memory = new DeviceMemory(shelf);
    expect([memory.volume, memory.offsetOf(""), memory.me.principal, memory.room("r")]).toEqual([0.5, 0, "", null]);
    expect(memory.mode).toBe("sync");
    memory.volume = 0.25;
    memory.mode = "quality";
    memory.keepOffset("", 9_000_000);
    memory.isLasting = true;
    expect([memory.wish, memory.carried]).toEqual([{ choice: "auto", isSaving: null }, null]);
    memory.wish = { choice: "flac", isSaving: false };
    memory.carried = "opus-96";
    memory.me = { principal: "p", device: "d", name: "Ada" };
    memory.keepRoom({ room: "r", name: "Tea", role: "host", may: new Set(["add"]), hasSound: true });
    memory.keepNames([{ principal: "p", name: "Ada" }]);
    const again = new DeviceMemory(shelf);
    expect([again.volume, again.offsetOf(""), again.me.name, again.nameOf("p")]).toEqual([0.25, 5_000_000, "Ada", "Ada"]);
    expect([again.mode, again.isLasting]).toEqual(["quality", true]);
    expect([again.wish, again.carried]).toEqual([{ choice: "flac", isSaving: false }, "opus-96"]);
    expect(again.room("r")).toMatchObject({ name: "Tea", hasSound: false });
    expect(again.room("r")?.may.has("add")).toBe(true);
  });

  test("every output has its own offset, and one without has that of the device", () => {
    const memory = new DeviceMemory(passingShelf());
    memory.keepOffset("", 12_000);
    expect([memory.offsetOf(""), memory.offsetOf("Headset")]).toEqual([12_000, 12_000]);
    memory.keepOffset("Headset", 180_000);
    memory.keepOffset("__proto__", -5_000_000);
    expect(["", "Headset", "Kitchen", "__proto__"].map((output) => memory.offsetOf(output))).toEqual([12_000, 180_000, 12_000, -1_000_000]);
    for (let i = 0; i < 60; i += 1) memory.keepOffset(`o${i}`, i);
    expect([memory.offsetOf("Headset"), memory.offsetOf("o59")]).toEqual([12_000, 59]);
  });

  test("a damaged shelf costs the memory only, a full or forbidden one the remembering only", () => {
    const shelf = passingShelf();
    shelf.setItem("hathor.volume", "{not json");
    expect(new DeviceMemory(shelf).volume).toBe(0.5);
    const full = { ...passingShelf(), setItem: () => { throw new Error("quota"); } };
    const memory = new DeviceMemory(full);
    memory.volume = 0.1;
    expect(memory.volume).toBe(0.5);
    const passing = shelfOf(() => { throw new Error("SecurityError"); });
    passing.setItem("a", "1");
    expect(passing.getItem("a")).toBe("1");
    passing.removeItem("a");
    expect(passing.getItem("a")).toBeNull();
  });

  test("names of an old crowd make room", () => {
    const memory = new DeviceMemory(passingShelf());
    memory.keepNames(Array.from({ length: 400 }, (_, i) => ({ principal: `p${i}`, name: `n${i}` })));
    expect(memory.nameOf("p0")).toBe("");
    expect(memory.nameOf("p399")).toBe("n399");
  });

  test("identifiers are of the alphabet of all identifiers, and differ", () => {
    const ids = new Set(Array.from({ length: 500 }, newId));
    expect(ids.size).toBe(500);
    for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
  });
});

describe("words", () => {
  const facts = { state: "in-step", playbackError: 200, clockError: 1_000, roundTrip: 0, outputLatency: 0, offset: 0, looseBecause: "", isCoarse: false } as const;
  const here = { ...facts, isListening: true, isPlaying: true };

  test("spans are told as people read them", () => {
    expect([400, 12_400, 1_300_000, -2_500].map(spanWords)).toEqual(["0.4 ms", "12 ms", "1.3 s", "2.5 ms"]);
  });

  test("every state has its sentence, and certainty counts into the figure", () => {
    expect(syncWords(here)).toBe("In step, within 1.2 ms");
    expect(syncWords({ ...here, isCoarse: true })).toContain("only to some milliseconds");
    expect(syncWords({ ...here, state: "catching-up", playbackError: -20_000 })).toBe("Catching up, 20 ms behind");
    expect(syncWords({ ...here, state: "catching-up", playbackError: 20_000 })).toBe("Catching up, 20 ms ahead");
    expect(syncWords({ ...here, state: "buffering" })).toContain("Loading");
    expect(syncWords({ ...here, state: "silent" })).toContain("Getting ready");
    expect(syncWords({ ...here, state: "silent", isPlaying: false })).toContain("nothing plays");
    expect(syncWords({ ...here, state: "loose" })).toContain("not secure");
    expect(syncWords({ ...here, state: "loose", looseBecause: "lasting" })).toContain("goes on when locked");
    expect(syncWords({ ...here, isListening: false })).toContain("off on this device");
  });

  test("every correction has its reason", () => {
    const sync = { playbackError: 2_100, mode: "sync" as const };
    expect(correctionWords({ ...sync, correcting: { kind: "none" } })).toBe("");
    expect(correctionWords({ ...sync, correcting: { kind: "hold" } })).toContain("Nothing to correct");
    expect(correctionWords({ ...sync, correcting: { kind: "nudge", ppm: -500 } })).toBe("Drawing 2.1 ms in.");
    expect(correctionWords({ ...sync, mode: "quality", correcting: { kind: "nudge", ppm: -500 } })).toContain("quality comes first");
    expect(correctionWords({ ...sync, playbackError: 90, correcting: { kind: "nudge", ppm: 140 } })).toContain("drift of this output");
    expect(correctionWords({ ...sync, correcting: { kind: "jumped", by: -48_000 } })).toContain("Jumped 48 ms back");
    expect(correctionWords({ ...sync, correcting: { kind: "jumped", by: 48_000 } })).toContain("Jumped 48 ms forward");
  });
});

describe("notices", () => {
  test("are counted when they are told again, dismissed, and bounded", () => {
    const notices = new Notices();
    notices.tell("info", "a");
    notices.tell("error", "a");
    expect(notices.shown.get()).toMatchObject([{ text: "a", times: 2 }]);
    notices.tell("info", "b");
    notices.tell("info", "a");
    expect(notices.shown.get().map(({ text, times }) => [text, times])).toEqual([["b", 1], ["a", 3]]);
    notices.dismiss(notices.shown.get()[0]!.id);
    notices.dismiss(notices.shown.get()[0]!.id);
    expect(notices.shown.get()).toEqual([]);
    for (let i = 0; i < 50; i += 1) notices.tell("info", `n${i}`);
    expect(notices.shown.get()).toHaveLength(20);
    expect(new Set(notices.shown.get().map((each) => each.id)).size).toBe(20);
  });
});

describe("presence", () => {
  const one = { connection: "c1", principal: "p", name: "Ada", role: "host", device: "d", sound: true };
  const quality = { state: "in-step", playbackError: 5, clockError: 1, checks: true, coarse: false };

  test("a full list replaces, others change it", () => {
    const presence = new Presence();
    presence.begin("c1");
    presence.take({ tag: "people", room: "r", full: true, present: [{ ...one, ...quality }], gone: [] });
    presence.take({ tag: "people", room: "r", full: false, present: [{ ...one, ...quality, connection: "c2", name: "Bob" }], gone: [] });
    expect(presence.people.get().map((each) => [each.name, each.isMe])).toEqual([["Ada", true], ["Bob", false]]);
    presence.take({ tag: "people", room: "r", full: false, present: [{ ...one, ...quality, connection: "c2", coarse: true }], gone: [] });
    expect(presence.people.get().map((each) => each.isCoarse)).toEqual([false, true]);
    presence.take({ tag: "people", room: "r", full: false, present: [{ ...one, ...quality, state: "buffering" }], gone: ["c2"] });
    expect(presence.people.get().map((each) => each.state)).toEqual(["buffering"]);
    presence.clear();
    expect(presence.people.get()).toEqual([]);
  });
});

describe("rooms this device was inside of", () => {
  const view = (room: string) => ({ room, name: `Room ${room}`, role: "guest", may: new Set(["add"]), hasSound: true });

  test("are remembered, the latest first, at most twenty, and the others are forgotten whole", () => {
    const shelf = passingShelf();
    const memory = new DeviceMemory(shelf);
    for (let room = 0; room < 22; room += 1) memory.keepRoom(view(`r${room}`));
    memory.keepRoom(view("r5"));
    const rooms = new DeviceMemory(shelf).rooms;
    expect(rooms).toHaveLength(20);
    expect(rooms.slice(0, 2).map(({ room }) => room)).toEqual(["r5", "r21"]);
    expect(rooms[0]).toEqual({ ...view("r5"), hasSound: false });
    expect(new DeviceMemory(shelf).room("r0")).toBeNull();
  });
});
