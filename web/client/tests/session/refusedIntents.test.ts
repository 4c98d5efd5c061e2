import { beforeEach, describe, expect, test } from "vitest";
import { beginDevice, entry, ids, Page, server, timers } from "../fakes/queuePages";
import type { QueueServer } from "../fakes/queueServer";

beforeEach(beginDevice);

describe("refusals", () => {
  const noBad: QueueServer["judge"] = (_before, after) => (after.some((each) => each.track === "bad") ? "unknown-track" : null);

  test("one refused edit of an offline hour takes nothing else with it", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.add(entry("keep", "A"));
    page.cut();
    server.judge = noBad;
    page.add(entry("a", "V"));
    page.add(entry("bvd", "W", "bad"));
    page.add(entry("b", "X"));
    page.replica.do({ kind: "move", entry: "keep", order: "Z", from: "A" });
    page.connect();
    expect(ids(server.queue)).toEqual(["a", "b", "keep"]);
    expect(page.shown).toEqual(["a", "b", "keep"]);
    expect(page.refusals).toEqual(["unknown-track"]);
    expect(page.waiting).toBe(0);
    expect(new Set(server.issued).size).toBe(server.issued.length);
  });

  test("while it replays, everything stays visible, and new edits join the end", async () => {
    const page = await Page.load("t1");
    page.connect();
    server.judge = noBad;
    page.hold();
    page.add(entry("bvd", "V", "bad"));
    page.add(entry("a", "W"));
    expect(page.shown).toEqual(["bvd", "a"]);
    page.release();
    page.add(entry("b", "X"));
    expect(page.shown).toEqual(["a", "b"]);
    expect(ids(server.queue)).toEqual(["a", "b"]);
    expect(page.refusals).toEqual(["unknown-track"]);
  });

  test("a connection lost in the middle of the replay begins it again under a fresh id", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.cut();
    server.judge = noBad;
    page.add(entry("a", "V"));
    page.add(entry("bvd", "W", "bad"));
    page.add(entry("b", "X"));
    page.connect();
    expect(ids(server.queue)).toEqual(["a", "b"]);
    page.cut();
    page.add(entry("bed", "Y", "bad"));
    page.connect();
    page.hold();
    page.cut();
    page.connect();
    expect(page.refusals.length).toBeGreaterThanOrEqual(2);
    expect(page.waiting).toBe(0);
    expect(ids(server.queue)).toEqual(["a", "b"]);
  });

  test("a server that cannot save now is asked again, and the edit stays", async () => {
    const page = await Page.load("t1");
    page.connect();
    server.judge = () => "storage-down";
    page.add(entry("a", "V"));
    expect(page.shown).toEqual(["a"]);
    expect(page.waiting).toBe(1);
    server.judge = () => null;
    timers.pass(2_500);
    expect(ids(server.queue)).toEqual(["a"]);
    expect(page.waiting).toBe(0);
    expect(page.refusals).toEqual([]);
  });

  test("what builds on edits waits while they are replayed one by one, and no longer", async () => {
    const page = await Page.load("t1");
    page.connect();
    server.judge = noBad;
    page.cut();
    page.add(entry("bvd", "V", "bad"));
    page.add(entry("a", "W"));
    page.add(entry("b", "X"));
    page.hold();
    page.connect();
    const heard: string[][] = [];
    page.replica.afterEdits(() => heard.push(ids(server.queue)));
    expect(heard).toEqual([]);
    page.release();
    expect(heard).toEqual([["a", "b"]]);
    page.replica.afterEdits(() => heard.push(ids(server.queue)));
    expect(heard).toHaveLength(2);
  });

  test("while the server can save nothing, nothing waits for edits", async () => {
    const page = await Page.load("t1");
    page.connect();
    server.judge = () => "storage-down";
    page.add(entry("a", "V"));
    let isDone = false;
    page.replica.afterEdits(() => (isDone = true));
    expect(isDone).toBe(true);
  });

  test("more than one update can carry goes intent by intent", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.cut();
    for (let i = 0; i < 10; i += 1) {
      page.add(...Array.from({ length: 100 }, (_, k) => entry(`e${i}x${k}`, `V${i}x${k}1`, "a".repeat(32))));
    }
    page.connect();
    expect(server.queue).toHaveLength(1000);
    expect(Math.max(...server.updates.map((update) => update.update.length))).toBeLessThan(64 * 1024);
    expect(page.waiting).toBe(0);
  });
});
