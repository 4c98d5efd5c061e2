import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test } from "vitest";
import { addEntries, moveEntries, removeEntries } from "../../src/documents/queue";
import type { QueueEntry } from "../../src/documents/queue";
import { Followed } from "../../src/session/followed";
import type { Intent } from "../../src/session/intents";
import { inverseOf } from "../../src/session/intents";
import { openKeeping } from "../../src/session/keeping";
import type { Keeping } from "../../src/session/keeping";
import { Outbox } from "../../src/session/outbox";
import { Replica } from "../../src/session/replicas";
import type { TabNames } from "../../src/session/tab";
import type { FromServer } from "../../src/wire/frames";
import { QUEUE_NAME, QueueServer } from "../fakes/queueServer";
import { FakeTimers } from "../fakes/timers";

let server: QueueServer;
let factory: IDBFactory;
let keeping: Keeping;
let timers: FakeTimers;
let held: Set<string>;

const names: TabNames = {
  hold: (name) => Promise.resolve(held.has(name) ? null : (held.add(name), () => held.delete(name))),
  whileFree: async (name, action) => {
    if (held.has(name)) return;
    held.add(name);
    await action();
    held.delete(name);
  },
};

beforeEach(async () => {
  server = new QueueServer();
  factory = new IDBFactory();
  keeping = await openKeeping(factory);
  timers = new FakeTimers();
  held = new Set();
});

/** One tab's page: a replica, its outbox, and a wire that can be cut. */
class Page {
  readonly refusals: string[] = [];
  readonly replica: Replica;
  readonly followed: Followed;
  readonly outbox: Outbox;
  readonly tab: string;
  #inbox: FromServer[] = [];
  #isHolding = false;
  #wire: ReturnType<QueueServer["connect"]> | null = null;

  private constructor(tab: string, followed: Followed, outbox: Outbox) {
    this.tab = tab;
    this.followed = followed;
    this.outbox = outbox;
    this.replica = new Replica({
      followed,
      outbox,
      timers,
      send: (frame) => this.#wire?.send(frame) ?? false,
      refused: (_intent, code) => this.refusals.push(code),
    });
  }

  static async load(tab: string): Promise<Page> {
    await names.hold(`hathor-tab-${tab}`);
    const failed = (reason: unknown): void => {
      throw reason as Error;
    };
    const followed = await Followed.load(QUEUE_NAME, keeping, timers, failed);
    const outbox = await Outbox.open({ keeping, names, document: QUEUE_NAME, tab, failed });
    return new Page(tab, followed, outbox);
  }

  connect(): void {
    this.#wire = server.connect((frame) => this.#hear(frame), DEVICE_IDS);
    this.replica.connected();
  }

  /** Answers stay on the way until `release`. */
  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    for (const frame of this.#inbox.splice(0)) this.#deliver(frame);
  }

  cut(): void {
    this.#wire?.cut();
    this.#wire = null;
    this.#inbox = [];
    this.#isHolding = false;
    this.replica.lost();
  }

  /** The page goes away without a word, as reloads and crashes do; what was written is written. */
  async leave(): Promise<void> {
    this.cut();
    this.followed.keep();
    held.delete(`hathor-tab-${this.tab}`);
    await settle();
  }

  add(...entries: QueueEntry[]): void {
    this.replica.do({ kind: "add", entries });
  }

  get shown(): string[] {
    return this.replica.shown.get().map((entry) => entry.entry);
  }

  get waiting(): number {
    return this.outbox.waiting.get().length;
  }

  #hear(frame: FromServer): void {
    if (this.#isHolding) this.#inbox.push(frame);
    else this.#deliver(frame);
  }

  #deliver(frame: FromServer): void {
    if (frame.tag === "opened") this.replica.opened(frame);
    if (frame.tag === "changed") this.replica.changed(frame.update);
    if (frame.tag === "saved") this.replica.saved(frame.intent);
    if (frame.tag === "refused") this.replica.rejected(frame);
  }
}

const DEVICE_IDS = new Set<number>();

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function entry(id: string, order: string, track = "tr"): QueueEntry {
  return { entry: id, track, addedBy: "me", order, addedAt: 1 };
}

const ids = (queue: readonly QueueEntry[]): string[] => queue.map((each) => each.entry);

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
