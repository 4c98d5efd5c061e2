import * as Y from "yjs";

import { isId, QUEUE } from "./kinds";
import { isKey, run } from "./order";

/** One entry of a room's queue. `addedAt` is UTC in microseconds, for people. */
export interface QueueEntry {
  readonly entry: string;
  readonly track: string;
  readonly addedBy: string;
  readonly order: string;
  readonly addedAt: number;
}

/** The map that holds the entries; observe it deeply to hear of changes. */
export function entriesOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap(QUEUE.root);
}

/** All entries in order. What is no well-formed entry is left out: the server accepts none, an offline edit might be one. */
export function readQueue(doc: Y.Doc): QueueEntry[] {
  const found: QueueEntry[] = [];
  entriesOf(doc).forEach((fields, entry) => {
    const read = fields instanceof Y.Map ? readEntry(entry, fields as Y.Map<unknown>) : null;
    if (read !== null) found.push(read);
  });
  return found.sort(compareEntries);
}

/** By order key, then by id; both are ASCII, so this is the order of the server. */
export function compareEntries(one: QueueEntry, other: QueueEntry): number {
  if (one.order !== other.order) return one.order < other.order ? -1 : 1;
  return one.entry < other.entry ? -1 : one.entry > other.entry ? 1 : 0;
}

/** Order keys for `ids` that are to stand, in this order, before `queue[index]` (its length: at the end). */
export function ordersAt(queue: readonly QueueEntry[], index: number, ids: readonly string[]): string[] {
  const left = queue[index - 1]?.order ?? null;
  // Entries with equal keys stand by id, and nothing fits between them: the next greater key is the bound.
  const right = queue.slice(Math.max(index, 0)).find((each) => left === null || each.order > left)?.order ?? null;
  return run(left, right, ids);
}

/** Adds entries under ids that were never used; one that is there already is left alone, so replaying is harmless. */
export function addEntries(doc: Y.Doc, entries: readonly QueueEntry[], origin?: unknown): void {
  doc.transact(() => {
    const map = entriesOf(doc);
    for (const { entry, track, addedBy, order, addedAt } of entries) {
      if (map.has(entry)) continue;
      const fields: [string, unknown][] = [["track", track], ["added_by", addedBy], ["order", order], ["added_at", addedAt]];
      map.set(entry, new Y.Map(fields));
    }
  }, origin);
}

/** Gives entries (by id) new order keys. Returns whether anything was done: removed entries are left out. */
export function moveEntries(doc: Y.Doc, orders: ReadonlyMap<string, string>, origin?: unknown): boolean {
  let isDone = false;
  doc.transact(() => {
    for (const [entry, order] of orders) {
      const fields = entriesOf(doc).get(entry);
      if (!(fields instanceof Y.Map) || fields.get("order") === order) continue;
      fields.set("order", order);
      isDone = true;
    }
  }, origin);
  return isDone;
}

/** Removes entries. Returns whether anything was done. */
export function removeEntries(doc: Y.Doc, ids: Iterable<string>, origin?: unknown): boolean {
  let isDone = false;
  doc.transact(() => {
    for (const entry of ids) {
      if (!entriesOf(doc).has(entry)) continue;
      entriesOf(doc).delete(entry);
      isDone = true;
    }
  }, origin);
  return isDone;
}

function readEntry(entry: string, fields: Y.Map<unknown>): QueueEntry | null {
  const track = fields.get("track");
  const addedBy = fields.get("added_by");
  const order = fields.get("order");
  const addedAt = fields.get("added_at");
  if (!isId(entry) || !isId(track) || !isId(addedBy)) return null;
  if (typeof order !== "string" || !isKey(order) || !Number.isSafeInteger(addedAt)) return null;
  return { entry, track, addedBy, order, addedAt: addedAt as number };
}
