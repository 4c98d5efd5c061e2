import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Sound, SoundSettings, SoundView } from "../../src/audio/sound";
import { SILENCE } from "../../src/audio/sound";
import * as Y from "yjs";
import { addEntries, readQueue } from "../../src/documents/queue";
import { createListening } from "../../src/session/engine";
import { openKeeping } from "../../src/session/keeping";
import type { Listening } from "../../src/session/listening";
import { passingShelf } from "../../src/session/memory";
import type { Shelf } from "../../src/session/memory";
import { Cell } from "../../src/session/observed";
import type { EngineSurroundings } from "../../src/session/surroundings";
import type { Cue, Transport } from "../../src/timeline/transport";
import { empty, expectNext, pause, play } from "../../src/timeline/transport";
import { positionMicros, sampleCount, serverMicros } from "../../src/units";
import { ROOM, RoomServer } from "../fakes/roomServer";
import { FakeTimers } from "../fakes/timers";

class FakeSound implements Sound {
  readonly view = new Cell<SoundView>(SILENCE);
  readonly followed: Transport[] = [];
  readonly settings: SoundSettings;
  isStarted = false;
  isClosed = false;
  refusal: Error | null = null;

  constructor(settings: SoundSettings) {
    this.settings = settings;
  }

  start(): Promise<void> {
    this.isStarted = true;
    return this.refusal === null ? Promise.resolve() : Promise.reject(this.refusal);
  }

  follow(transport: Transport): void {
    this.followed.push(transport);
  }

  setVolume(): void {
    /* not under test */
  }

  setOffset(): void {
    /* not under test */
  }

  audioTime(): number | null {
    return null;
  }

  close(): void {
    this.isClosed = true;
  }
}

let timers: FakeTimers;
let server: RoomServer;
let factory: IDBFactory;
let deviceShelf: Shelf;
let sounds: FakeSound[];
let soundRefusal: Error | null;
let opened: Listening[];

beforeEach(() => {
  timers = new FakeTimers();
  server = new RoomServer(timers);
  factory = new IDBFactory();
  deviceShelf = passingShelf();
  sounds = [];
  soundRefusal = null;
  opened = [];
});

afterEach(() => {
  for (const listening of opened) listening.close();
});

function around(over: Partial<EngineSurroundings> = {}): EngineSurroundings {
  const session = { principal: "me", device: "dev", name: "Ada" };
  return {
    timers,
    random: () => 0.5,
    dial: () => server.dial(),
    api: { session: () => Promise.resolve(session), rename: (name) => Promise.resolve({ ...session, name }) },
    openKeeping: async () => ({ keeping: await openKeeping(factory), isLasting: true }),
    names: { hold: () => Promise.resolve(() => undefined), whileFree: () => Promise.resolve() },
    deviceShelf,
    tabShelf: passingShelf(),
    newSound: (settings) => {
      const sound = new FakeSound(settings);
      sound.refusal = soundRefusal;
      sounds.push(sound);
      return sound;
    },
    window: new EventTarget(),
    document: new EventTarget(),
    resolution: 5,
    ...over,
  };
}

/** Waits for what happens outside of virtual time: the database and promises. */
const until = (isSo: () => boolean): Promise<void> => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 4_000, interval: 2 });

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function enter(sound = false, over: Partial<EngineSurroundings> = {}): Promise<Listening> {
  const listening = createListening({ room: ROOM, invite: "inv" }, around(over));
  opened.push(listening);
  const joined = listening.join(sound);
  joined.catch(() => undefined);
  const before = server.ends.length;
  await until(() => server.ends.length > before || listening.link.get().state !== "connecting");
  timers.pass(600);
  await settle();
  return listening;
}

const cue = (entry: string, order: string, track = "t1"): Cue => ({
  entry,
  track,
  order,
  frames: sampleCount(48_000 * 100),
});

const start = (at: number, current = cue("a", "V"), position = 0): Transport =>
  play(empty("epoch1"), current, positionMicros(position), serverMicros(at));

describe("entering", () => {
  test("hello, probes and the entrance leave in this order, documents behind the entrance", async () => {
    const listening = await enter();
    const tags = server.end.heard.map((frame) => frame.tag);
    expect(tags.slice(0, 5)).toEqual(["hello", "probe", "enter", "open", "open"]);
    expect(server.heard("enter")[0]).toMatchObject({ room: ROOM, invite: "inv", sound: false });
    expect(listening.link.get().state).toBe("online");
    expect(listening.room.get()).toMatchObject({ name: "Tea", role: "host", hasSound: false });
    expect(listening.me.get().name).toBe("Ada");
    expect(listening.people.get()).toMatchObject([{ name: "Ada", isMe: true }]);
  });

  test("with sound the player is started within the call itself", () => {
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    listening.join(true).catch(() => undefined);
    expect(sounds[0]?.isStarted).toBe(true);
  });

  test("a browser that refuses sound leaves us inside, silent, and says so", async () => {
    soundRefusal = new Error("no output device");
    const listening = await enter(true);
    expect(listening.link.get().state).toBe("online");
    expect(listening.notices.get()[0]?.text).toContain("no output device");
    expect(server.heard("enter").at(-1)?.sound).toBe(false);
    expect(listening.room.get()?.hasSound).toBe(false);
  });

  test("a refused entrance rejects with code and reason, and is final", async () => {
    server.refuseEntry = { code: "kicked", reason: "the host asked you to leave" };
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    const joined = listening.join(true).catch((refusal: unknown) => refusal);
    await until(() => server.ends.length > 0);
    timers.pass(600);
    expect(await joined).toEqual(server.refuseEntry);
    expect(listening.link.get()).toMatchObject({ state: "refused", code: "kicked" });
    expect(sounds[0]?.isClosed).toBe(true);
    timers.pass(60_000);
    expect(server.ends).toHaveLength(1);
  });

  test("being put out later ends it as well", async () => {
    const listening = await enter();
    server.end.say({ tag: "left", room: ROOM, code: "kicked", reason: "out" });
    expect(listening.link.get()).toMatchObject({ state: "refused", code: "kicked", reason: "out" });
  });

  test("an unreachable server is asked again until it answers", async () => {
    let attempts = 0;
    const session = (): Promise<{ principal: string; device: string; name: string }> => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new Error("down")) : Promise.resolve({ principal: "me", device: "d", name: "A" });
    };
    const listening = await enter(false, { api: { session, rename: () => Promise.reject(new Error("no")) } });
    expect(listening.link.get().state).toBe("offline");
    timers.pass(2_000);
    await settle();
    timers.pass(2_000);
    await settle();
    timers.pass(600);
    expect(attempts).toBe(3);
    expect(listening.link.get().state).toBe("online");
  });
});

describe("what plays", () => {
  test("the position follows the room's clock, exactly", async () => {
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    expect(Math.abs(listening.position() - 1_000_000)).toBeLessThan(1_000);
    timers.pass(2_000);
    expect(Math.abs(listening.position() - 3_000_000)).toBeLessThan(1_000);
    expect(listening.transport.get()).toMatchObject({ status: "playing", entry: "a", track: "t1", length: 100_000_000 });
  });

  test("a start in the future shows playing at once and moves at its instant", async () => {
    const listening = await enter();
    server.write(start(server.now + 300_000));
    expect(listening.transport.get().status).toBe("playing");
    expect(listening.position()).toBe(0);
    timers.pass(500);
    expect(Math.abs(listening.position() - 200_000)).toBeLessThan(1_000);
  });

  test("the next entry comes at the boundary without a message", async () => {
    const listening = await enter();
    server.write(expectNext(start(server.now - 99_000_000), cue("b", "W", "t2")));
    expect(listening.transport.get()).toMatchObject({ entry: "a", next: "b" });
    timers.pass(1_500);
    expect(listening.transport.get()).toMatchObject({ entry: "b", track: "t2" });
    expect(Math.abs(listening.position() - 500_000)).toBeLessThan(1_000);
  });

  test("the player follows every record once", async () => {
    const listening = await enter(true);
    const playing = start(server.now);
    server.write(playing);
    server.write(pause(playing, serverMicros(server.now + 200_000)));
    expect(sounds[0]?.followed.map((each) => each.status)).toEqual(["playing", "paused"]);
    expect(listening.transport.get().status).toBe("paused");
  });
});

describe("commands", () => {
  test("pause is shown at once and asked of the room", async () => {
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    listening.pause();
    expect(listening.transport.get().status).toBe("paused");
    const held = listening.position();
    timers.pass(100);
    expect(listening.position()).toBe(held);
    expect(server.heard("command")[0]?.order).toEqual({ tag: "pause" });
  });

  test("a refused one is taken back, with the reason", async () => {
    server.refuseCommands = { code: "not-allowed", reason: "only the host controls what plays" };
    const listening = await enter();
    server.write(start(server.now - 1_000_000));
    listening.seek(50_000_000.4);
    expect(server.heard("command")[0]?.order).toEqual({ tag: "seek", position: 50_000_000 });
    expect(listening.position()).toBeLessThan(2_000_000);
    expect(listening.notices.get()).toMatchObject([{ kind: "refused", text: "Only the host controls what plays." }]);
    listening.dismiss(listening.notices.get()[0]!.id);
    expect(listening.notices.get()).toEqual([]);
  });

  test("a seek stays where it was put until its instant, then the record leads", async () => {
    const listening = await enter();
    const before = start(server.now - 1_000_000);
    server.write(before);
    listening.seek(50_000_000);
    expect(listening.position()).toBe(50_000_000);
    server.write(play(before, cue("a", "V"), positionMicros(50_000_000), serverMicros(server.now + 200_000)));
    timers.pass(100);
    expect(listening.position()).toBe(50_000_000);
    timers.pass(1_100);
    expect(Math.abs(listening.position() - 51_000_000)).toBeLessThan(1_000);
  });

  test("offline it says so and shows nothing that will not come", async () => {
    const listening = await enter();
    server.isReachable = false;
    server.cut();
    listening.play();
    expect(listening.notices.get()[0]?.kind).toBe("error");
    expect(listening.transport.get().status).toBe("empty");
  });
});

describe("the queue", () => {
  test("rows know their place, who added them and whether they may be edited", async () => {
    server.role = { role: "guest", may: ["add", "edit-own"] };
    const listening = await enter();
    const row = (entry: string, order: string, addedBy: string) => ({ entry, track: "t1", order, addedBy, addedAt: 1 });
    server.queue.edit((doc) =>
      addEntries(doc, [row("p", "A", "me"), row("a", "V", "xx"), row("b", "W", "me"), row("c", "X", "xx")]),
    );
    server.write(expectNext(start(server.now), cue("b", "W")));
    expect(listening.queue.get().map((each) => [each.entry, each.place, each.addedByName, each.mayEdit])).toEqual([
      ["p", "history", "Ada", true],
      ["a", "now", "Someone", false],
      ["b", "next", "Ada", true],
      ["c", "later", "Someone", false],
    ]);
  });

  test("adding, moving, removing and taking it back", async () => {
    const listening = await enter();
    listening.add(["t1", "t2"], "end");
    await settle();
    const [one, two] = server.queue.queue;
    expect([one!.track, two!.track]).toEqual(["t1", "t2"]);
    expect(one!.addedBy).toBe("me");
    server.write(start(server.now, { ...cue(one!.entry, one!.order) }));
    listening.add(["t3"], "next");
    await settle();
    const tracks = (): string[] => server.queue.queue.map((each) => each.track);
    expect(tracks()).toEqual(["t1", "t3", "t2"]);
    listening.move(two!.entry, one!.entry);
    await settle();
    expect(tracks()).toEqual(["t2", "t1", "t3"]);
    listening.remove(two!.entry);
    await settle();
    expect(tracks()).toEqual(["t1", "t3"]);
    listening.undo();
    await settle();
    expect(tracks()).toEqual(["t2", "t1", "t3"]);
    for (let i = 0; i < 3; i += 1) listening.undo();
    await settle();
    expect(listening.canUndo.get()).toBe(false);
    expect(listening.saved.get()).toEqual({ state: "saved", waiting: 0 });
  });

  test("what is done before the documents are read is done when they are", async () => {
    const listening = createListening({ room: ROOM, invite: "" }, around());
    opened.push(listening);
    listening.join(false).catch(() => undefined);
    listening.add(["t1"], "end");
    await until(() => server.ends.length > 0);
    timers.pass(600);
    await until(() => server.queue.queue.length > 0);
    expect(server.queue.queue.map((each) => each.track)).toEqual(["t1"]);
  });

  test("edits made offline wait, are counted, survive a reload, and are saved when the link is back", async () => {
    const listening = await enter();
    listening.add(["t1"], "end");
    await settle();
    server.isReachable = false;
    server.cut();
    listening.add(["t2"], "end");
    await settle();
    expect(listening.saved.get()).toEqual({ state: "offline", waiting: 1 });
    listening.close();
    await vi.waitFor(async () => expect(await tabsWaiting()).toHaveLength(1));
    const again = await enter(false, { tabShelf: shelfWith("hathor.tab", (await tabsWaiting())[0]!) });
    expect(again.queue.get().map((row) => row.track)).toEqual(["t1", "t2"]);
    expect(again.saved.get()).toEqual({ state: "offline", waiting: 1 });
    expect(again.room.get()?.name).toBe("Tea");
    server.isReachable = true;
    timers.pass(40_000);
    await settle();
    expect(server.queue.queue.map((each) => each.track)).toEqual(["t1", "t2"]);
    expect(again.saved.get()).toEqual({ state: "saved", waiting: 0 });
  });

  test("joining does not wait for a server that is away: the room is shown as it was, and entered later", async () => {
    (await enter()).close();
    let isAway = true;
    const session = () => (isAway ? Promise.reject(new Error("down")) : Promise.resolve({ principal: "me", device: "d", name: "A" }));
    const api = { session, rename: () => Promise.reject(new Error("no")) };
    const listening = createListening({ room: ROOM, invite: "" }, around({ api }));
    opened.push(listening);
    await listening.join(true);
    expect(listening.link.get().state).toBe("offline");
    expect(listening.room.get()).toMatchObject({ name: "Tea", hasSound: true });
    await listening.join(false);
    expect(listening.room.get()?.hasSound).toBe(false);
    await listening.join(true);
    isAway = false;
    timers.pass(2_000);
    await settle();
    timers.pass(600);
    expect(listening.link.get().state).toBe("online");
    expect(server.heard("enter").map((frame) => frame.sound)).toEqual([true]);
  });

  test("a refusal that comes after the server was away ends the visit", async () => {
    const listening = await enter();
    server.isReachable = false;
    server.cut();
    await listening.join(false);
    server.refuseEntry = { code: "kicked", reason: "Out." };
    server.isReachable = true;
    timers.pass(40_000);
    expect(listening.link.get()).toMatchObject({ state: "refused", code: "kicked" });
  });

  test("what the server says is kept at once, and not only when the page ends", async () => {
    const listening = await enter();
    listening.add(["t1"], "end");
    await settle();
    // No virtual time passes, and the page is not closed.
    const keeping = await openKeeping(factory);
    await vi.waitFor(async () => {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, (await keeping.state(`queue:${ROOM}`)) ?? new Uint8Array([0, 0]));
      expect(readQueue(doc).map((entry) => entry.track)).toEqual(["t1"]);
    });
    keeping.close();
  });

  test("a refused edit is told with its reason and cannot be undone", async () => {
    server.queue.judge = () => "not-allowed";
    const listening = await enter();
    listening.add(["t1"], "end");
    await settle();
    expect(listening.notices.get()).toMatchObject([{ kind: "refused", text: "Adding a track was refused: Because." }]);
    expect(listening.queue.get()).toEqual([]);
    expect(listening.canUndo.get()).toBe(false);
  });
});

describe("this device", () => {
  test("reports go out every two seconds, and at once when the first segment is here", async () => {
    await enter(true);
    const before = server.heard("report").length;
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "buffering" });
    sounds[0]!.view.set({ ...SILENCE, entry: "a", state: "in-step", hasFirstSegment: true, playbackError: -120, outputLatency: 40_000 });
    const reports = server.heard("report").slice(before);
    expect(reports.map((report) => [report.state, report.firstSegment])).toEqual([["buffering", false], ["in-step", true]]);
    expect(reports[1]).toMatchObject({ playbackError: -120, leadNeeded: 40_000 });
    timers.pass(4_100);
    expect(server.heard("report").length - before).toBe(4);
  });

  test("the step is told in plain words", async () => {
    const listening = await enter(true);
    expect(listening.sync.get().words).toBe("Ready; nothing plays");
    sounds[0]!.view.set({ ...SILENCE, state: "in-step", playbackError: 1_000 });
    expect(listening.sync.get().words).toMatch(/^In step, within 1\.\d ms$/);
    await listening.join(false);
    expect(listening.sync.get().words).toBe("Sound is off on this device");
    expect(server.heard("enter").at(-1)?.sound).toBe(false);
  });

  test("a newcomer starts at half volume, and the choice is remembered", async () => {
    const listening = await enter(true);
    expect(sounds[0]!.settings.volume).toBe(0.5);
    listening.setVolume(0.8);
    listening.setOffset(-3_000_000);
    listening.close();
    const again = await enter(true);
    expect(again.volume.get()).toBe(0.8);
    expect(sounds.at(-1)!.settings.offset).toBe(-1_000_000);
  });

  test("the connection comes back by itself, under the ticket of the one before", async () => {
    const listening = await enter(true);
    server.cut();
    expect(listening.link.get().state).toBe("offline");
    expect(listening.people.get()).toEqual([]);
    timers.pass(1_000);
    expect(listening.link.get().state).toBe("online");
    expect(server.ends).toHaveLength(2);
    expect(server.heard("hello")[0]?.ticket).toBe("ticket0");
    expect(server.heard("enter")[0]?.sound).toBe(true);
    expect(sounds).toHaveLength(1);
  });

  test("a new name is asked for and shown", async () => {
    const listening = await enter();
    await listening.rename("Grace");
    expect(listening.me.get().name).toBe("Grace");
  });
});

function shelfWith(key: string, value: string): Shelf {
  const shelf = passingShelf();
  shelf.setItem(key, value);
  return shelf;
}

async function tabsWaiting(): Promise<readonly string[]> {
  const keeping = await openKeeping(factory);
  const tabs = await keeping.tabs(`queue:${ROOM}`);
  keeping.close();
  return tabs;
}
