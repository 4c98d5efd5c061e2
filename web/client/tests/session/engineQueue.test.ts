import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { addEntries, readQueue } from "../../src/documents/queue";
import { createListening } from "../../src/session/engine";
import { openKeeping } from "../../src/session/keeping";
import { passingShelf } from "../../src/session/memory";
import type { Shelf } from "../../src/session/memory";
import { expectNext, pause } from "../../src/timeline/transport";
import { serverMicros } from "../../src/units";
import { around, beginPages, cue, endPages, enter, factory, opened, server, settle, start, timers, until } from "../fakes/roomPages";
import { ROOM } from "../fakes/roomServer";

beforeEach(beginPages);
afterEach(endPages);

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

  test("after a backup was put back pages show it, keep only what was not saved, and bring nothing back", async () => {
    const shelf = passingShelf();
    const listening = await enter(false, { deviceShelf: shelf });
    const tracks = (): string[] => listening.queue.get().map((each) => each.track);
    listening.add(["t1"], "end");
    await settle();
    const backup = Y.encodeStateAsUpdate(server.queue.doc);
    listening.add(["t2"], "end");
    await settle();
    expect(listening.saved.get()).toEqual({ state: "saved", waiting: 0 });
    server.isReachable = false;
    server.putBack(backup);
    listening.add(["t3"], "end");
    await settle();
    expect(tracks()).toEqual(["t1", "t2", "t3"]);
    server.isReachable = true;
    for (let pause = 0; pause < 20 && listening.link.get().state !== "online"; pause += 1) timers.pass(500);
    timers.pass(600);
    await settle();
    await until(() => server.queue.queue.length === 2);
    expect(server.queue.queue.map((each) => each.track)).toEqual(["t1", "t3"]);
    expect(tracks()).toEqual(["t1", "t3"]);
    expect(listening.saved.get()).toEqual({ state: "saved", waiting: 0 });
    expect(listening.notices.get().filter(({ kind }) => kind === "error")).toEqual([]);
    timers.pass(1_000);
    await settle();
    listening.close();
    server.isReachable = false;
    const again = createListening({ room: ROOM, invite: "inv" }, around({ deviceShelf: shelf }));
    opened.push(again);
    await until(() => again.queue.get().length > 0);
    expect(again.queue.get().map((each) => each.track)).toEqual(["t1", "t3"]);
  });

  test("a command reaches the server behind the edits it builds on, however late the queue is opened", async () => {
    server.isSlowToOpen = true;
    const listening = await enter();
    listening.add(["t1"], "end");
    await settle();
    listening.play();
    expect(server.heard("command")).toEqual([]);
    server.openQueue();
    await settle();
    const tags = server.end.heard.map((frame) => frame.tag).filter((tag) => tag === "update" || tag === "command");
    expect(tags).toEqual(["update", "command"]);
    listening.pause();
    expect(server.heard("command")).toHaveLength(2);
  });

  test("a command that waits for its edits is shown, and given up with the connection", async () => {
    server.isSlowToOpen = true;
    const listening = await enter();
    server.write(pause(start(server.now), serverMicros(server.now)));
    listening.add(["t1"], "end");
    await settle();
    listening.play();
    expect(listening.transport.get().status).toBe("playing");
    server.cut();
    expect(listening.transport.get().status).toBe("paused");
    server.isSlowToOpen = false;
    timers.pass(5_000);
    await settle();
    await until(() => server.queue.queue.length === 1);
    expect(server.heard("command")).toEqual([]);
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
