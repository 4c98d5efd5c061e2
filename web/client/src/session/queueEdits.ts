import { ordersAt } from "../documents/queue";
import type { QueueEntry } from "../documents/queue";
import type { Cue } from "../timeline/transport";
import type { Intent, Undoer } from "./intents";
import { inverseOf } from "./intents";
import { Cell } from "./observed";
import type { Replica } from "./replicas";
import { indexOfNext } from "./rows";

// An update carries 64 KiB, an entry takes about 150 bytes of it.
const MOST_PER_INTENT = 100;

// Nobody takes back more than this one by one.
const MOST_UNDOABLE = 100;

/** What a person does to the queue, as intents; and how it is taken back. */
export class QueueEdits {
  readonly canUndo = new Cell(false);
  readonly #replica: Replica;
  readonly #by: Undoer;
  // One item per action of the person, which may have been several intents.
  #done: (readonly Intent[])[] = [];

  constructor(replica: Replica, by: Undoer) {
    this.#replica = replica;
    this.#by = by;
  }

  add(tracks: readonly string[], place: "end" | "next", current: Cue | null): void {
    const queue = this.#queue;
    const index = place === "end" ? queue.length : indexOfNext(queue, current);
    const ids = tracks.map(() => this.#by.newId());
    const orders = ordersAt(queue, index, ids);
    const entries = tracks.map((track, i): QueueEntry => {
      const [entry = "", order = ""] = [ids[i], orders[i]];
      return { entry, track, order, addedBy: this.#by.principal, addedAt: this.#by.utc() };
    });
    this.#act(inGroups(entries).map((group) => ({ kind: "add", entries: group })));
  }

  remove(entry: string): void {
    const found = this.#queue.find((each) => each.entry === entry);
    if (found !== undefined) this.#act([{ kind: "remove", entries: [found] }]);
  }

  /** Puts `entry` before `before`, or at the end when that is null or gone. */
  move(entry: string, before: string | null): void {
    const found = this.#queue.find((each) => each.entry === entry);
    if (found === undefined || before === entry) return;
    const others = this.#queue.filter((each) => each !== found);
    const index = before === null ? -1 : others.findIndex((each) => each.entry === before);
    const [order] = ordersAt(others, index === -1 ? others.length : index, [entry]);
    if (order !== undefined) this.#act([{ kind: "move", entry, order, from: found.order }]);
  }

  /** Takes back the latest action of which anything is left to take back. */
  undo(): void {
    for (;;) {
      const latest = this.#done.at(-1);
      this.#remember(this.#done.slice(0, -1));
      if (latest === undefined) return;
      const inverses = [...latest].reverse().map((intent) => inverseOf(intent, this.#replica.display, this.#by));
      const left = inverses.filter((intent) => intent !== null);
      for (const intent of left) this.#replica.do(intent);
      if (left.length > 0) return;
    }
  }

  /** The server refused `intent`: it never happened, so there is nothing to take back. */
  refused(intent: Intent): void {
    this.#remember(this.#done.map((group) => group.filter((each) => each !== intent)).filter((group) => group.length > 0));
  }

  get #queue(): readonly QueueEntry[] {
    return this.#replica.shown.get();
  }

  #act(intents: readonly Intent[]): void {
    if (intents.length === 0) return;
    for (const intent of intents) this.#replica.do(intent);
    this.#remember([...this.#done, intents].slice(-MOST_UNDOABLE));
  }

  #remember(done: (readonly Intent[])[]): void {
    this.#done = done;
    this.canUndo.set(done.length > 0);
  }
}

function inGroups(entries: readonly QueueEntry[]): readonly (readonly QueueEntry[])[] {
  const groups: (readonly QueueEntry[])[] = [];
  for (let first = 0; first < entries.length; first += MOST_PER_INTENT) {
    groups.push(entries.slice(first, first + MOST_PER_INTENT));
  }
  return groups;
}
