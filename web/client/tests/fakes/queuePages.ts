/** Tabs of one device that edit a queue, with a wire that can be cut: what the tests of replicas share. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import type { QueueEntry } from "../../src/documents/queue";
import { Followed } from "../../src/session/followed";
import { openKeeping } from "../../src/session/keeping";
import type { Keeping } from "../../src/session/keeping";
import { Outbox } from "../../src/session/outbox";
import { Replica } from "../../src/session/replicas";
import type { TabNames } from "../../src/session/tab";
import type { FromServer } from "../../src/wire/frames";
import { QUEUE_NAME, QueueServer } from "./queueServer";
import { FakeTimers } from "./timers";

export let server: QueueServer;
export let factory: IDBFactory;
export let keeping: Keeping;
export let timers: FakeTimers;
export let held: Set<string>;

export const names: TabNames = {
  hold: (name) => Promise.resolve(held.has(name) ? null : (held.add(name), () => held.delete(name))),
  whileFree: async (name, action) => {
    if (held.has(name)) return;
    held.add(name);
    await action();
    held.delete(name);
  },
};

/** Before each test: another server, a device that has kept nothing. */
export async function beginDevice(): Promise<void> {
  server = new QueueServer();
  factory = new IDBFactory();
  keeping = await openKeeping(factory);
  timers = new FakeTimers();
  held = new Set();
}

/** One tab's page: a replica, its outbox, and a wire that can be cut. */
export class Page {
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
    const followed = await Followed.load(QUEUE_NAME, 0, keeping, timers, failed);
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

export const DEVICE_IDS = new Set<number>();

export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

export function entry(id: string, order: string, track = "tr"): QueueEntry {
  return { entry: id, track, addedBy: "me", order, addedAt: 1 };
}

export const ids = (queue: readonly QueueEntry[]): string[] => queue.map((each) => each.entry);
