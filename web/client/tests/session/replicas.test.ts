import { beforeEach, describe, expect, test } from "vitest";
import { addEntries, moveEntries, removeEntries } from "../../src/documents/queue";
import { inverseOf } from "../../src/session/intents";
import type { Intent } from "../../src/session/intents";
import { beginDevice, entry, ids, keeping, Page, server, settle } from "../fakes/queuePages";
import { QUEUE_NAME } from "../fakes/queueServer";
import type { QueueServer } from "../fakes/queueServer";

beforeEach(beginDevice);

describe("online", () => {
  test("an edit is shown at once, reaches the server and leaves the outbox when saved", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.hold();
    page.add(entry("a", "V"));
    expect(page.shown).toEqual(["a"]);
    expect(page.waiting).toBe(1);
    page.release();
    expect(page.waiting).toBe(0);
    expect(ids(server.queue)).toEqual(["a"]);
    await settle();
    expect(await keeping.intents(QUEUE_NAME, "t1")).toEqual([]);
  });

  test("edits of others are shown, and the issued id survives them", async () => {
    const page = await Page.load("t1");
    page.connect();
    server.edit((doc) => addEntries(doc, [entry("x", "V")]));
    expect(page.shown).toEqual(["x"]);
    page.add(entry("a", "W"));
    expect(ids(server.queue)).toEqual(["x", "a"]);
    expect(page.refusals).toEqual([]);
  });

  test("an edit without an effect is done and never sent", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.replica.do({ kind: "remove", entries: [entry("gone", "V")] });
    expect(page.waiting).toBe(0);
    expect(server.updates).toEqual([]);
  });
});

describe("connection lost, page alive", () => {
  test("edits made meanwhile arrive in one difference under the same id", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.add(entry("a", "V"));
    page.cut();
    page.add(entry("b", "W"));
    page.replica.do({ kind: "move", entry: "a", order: "X", from: "V" });
    server.edit((doc) => addEntries(doc, [entry("x", "VV")]));
    expect(page.shown).toEqual(["b", "a"]);
    const before = server.updates.length;
    page.connect();
    expect(server.updates.length).toBe(before + 1);
    expect(server.issued).toHaveLength(1);
    expect(ids(server.queue)).toEqual(["x", "b", "a"]);
    expect(page.shown).toEqual(["x", "b", "a"]);
    expect(page.waiting).toBe(0);
  });

  test("a lost acknowledgement is asked for again, and nothing is done twice", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.hold();
    page.add(entry("a", "V"));
    page.cut(); // saved on the server, unheard here
    expect(page.waiting).toBe(1);
    page.connect();
    expect(page.waiting).toBe(0);
    expect(ids(server.queue)).toEqual(["a"]);
    expect(page.shown).toEqual(["a"]);
  });
});

describe("reload", () => {
  test("edits made offline survive a reload offline, are shown, and merge when the connection is back", async () => {
    const first = await Page.load("t1");
    first.connect();
    first.add(entry("a", "V"), entry("b", "W"));
    first.cut();
    first.add(entry("c", "X"));
    first.replica.do({ kind: "remove", entries: [entry("a", "V")] });
    await first.leave();

    const second = await Page.load("t1");
    expect(second.shown).toEqual(["b", "c"]);
    second.add(entry("d", "Y"));
    expect(second.shown).toEqual(["b", "c", "d"]);
    server.edit((doc) => addEntries(doc, [entry("x", "Z")]));
    second.connect();
    expect(ids(server.queue)).toEqual(["b", "c", "d", "x"]);
    expect(second.shown).toEqual(["b", "c", "d", "x"]);
    expect(second.waiting).toBe(0);
  });

  test("a new page never authors under an id of an earlier one", async () => {
    for (const id of ["a", "b", "c"]) {
      const page = await Page.load("t1");
      page.connect();
      page.add(entry(id, "V"));
      await page.leave();
    }
    expect(new Set(server.issued).size).toBe(3);
    const authors = [...authorsOf(server)];
    expect(authors.sort()).toEqual([...server.issued].sort());
  });

  test("an add whose acknowledgement was lost and whose entry was removed since is done, not repeated", async () => {
    const first = await Page.load("t1");
    first.connect();
    first.hold();
    first.add(entry("a", "V"));
    await first.leave();
    server.edit((doc) => removeEntries(doc, ["a"]));
    const second = await Page.load("t1");
    second.connect();
    expect(second.waiting).toBe(0);
    expect(second.shown).toEqual([]);
    expect(ids(server.queue)).toEqual([]);
    expect(second.refusals).toEqual([]);
  });

  test("numbers go on growing after everything was saved", async () => {
    const first = await Page.load("t1");
    first.connect();
    first.add(entry("a", "V"));
    first.add(entry("b", "W"));
    await first.leave();
    const second = await Page.load("t1");
    expect(second.replica.do({ kind: "remove", entries: [entry("a", "V")] }).number).toBe(3);
  });
});

describe("two tabs of one device", () => {
  test("each has its own outbox and id, and both see both", async () => {
    const [one, two] = [await Page.load("t1"), await Page.load("t2")];
    one.connect();
    two.connect();
    one.add(entry("a", "V"));
    two.add(entry("b", "W"));
    expect(one.shown).toEqual(["a", "b"]);
    expect(two.shown).toEqual(["a", "b"]);
    expect(new Set(server.issued).size).toBe(2);
  });

  test("what a closed tab left is taken over once, and a living tab's is left alone", async () => {
    const [one, two, three] = [await Page.load("t1"), await Page.load("t2"), await Page.load("t3")];
    one.add(entry("a", "V"));
    one.add(entry("b", "W"));
    two.add(entry("c", "X"));
    await one.leave();
    await Promise.all([two.replica.adopt(), three.replica.adopt()]);
    expect(two.waiting + three.waiting).toBe(3);
    expect([...two.shown, ...three.shown].sort()).toEqual(["a", "b", "c"]);
    two.connect();
    three.connect();
    expect(ids(server.queue)).toEqual(["a", "b", "c"]);
    expect(server.updates.length).toBe(3);
    await settle();
    expect(await keeping.tabs(QUEUE_NAME)).toEqual([]);
  });
});

describe("undo", () => {
  const me = { principal: "me", newId: (() => { let n = 0; return () => `new${(n += 1)}`; })(), utc: () => 2 };

  test("a removal comes back at its place under a new id", async () => {
    const page = await Page.load("t1");
    page.connect();
    page.add(entry("a", "V"), entry("b", "W"), entry("c", "X"));
    const removal: Intent = { kind: "remove", entries: [entry("b", "W", "tb")] };
    page.replica.do(removal);
    page.replica.do(inverseOf(removal, page.replica.display, me)!);
    expect(server.queue.map((each) => each.track)).toEqual(["tr", "tb", "tr"]);
    expect(server.queue[1]!.entry).toMatch(/^new/);
  });

  test("a move goes back, an add is removed, and what others removed is nothing to undo", async () => {
    const page = await Page.load("t1");
    page.connect();
    const adding: Intent = { kind: "add", entries: [entry("a", "V"), entry("b", "W")] };
    page.replica.do(adding);
    const moving: Intent = { kind: "move", entry: "a", order: "X", from: "V" };
    page.replica.do(moving);
    expect(page.shown).toEqual(["b", "a"]);
    page.replica.do(inverseOf(moving, page.replica.display, me)!);
    expect(page.shown).toEqual(["a", "b"]);
    server.edit((doc) => removeEntries(doc, ["a"]));
    expect(inverseOf(moving, page.replica.display, me)).toBeNull();
    page.replica.do(inverseOf(adding, page.replica.display, me)!);
    expect(page.shown).toEqual([]);
    server.edit((doc) => moveEntries(doc, new Map([["a", "Y"]])));
    expect(inverseOf(adding, page.replica.display, me)).toBeNull();
  });
});

function authorsOf(from: QueueServer): Set<number> {
  return new Set(from.doc.store.clients.keys());
}
