import type { QueueEntry } from "../documents/queue";
import type { Cue } from "../timeline/transport";
import type { QueueRow } from "./listening";

/** What rows are made from besides the entries. */
export interface RowContext {
  readonly current: Cue | null;
  readonly next: Cue | null;
  readonly me: string;
  readonly may: ReadonlySet<string>;
  readonly nameOf: (principal: string) => string;
}

/** History is what stands before the current entry's place, also when that entry was removed while it plays. */
function placeOf(entry: QueueEntry, { current, next }: RowContext): QueueRow["place"] {
  if (current === null) return "later";
  if (entry.entry === current.entry) return "now";
  if (entry.entry === next?.entry) return "next";
  const isBefore = entry.order < current.order || (entry.order === current.order && entry.entry < current.entry);
  return isBefore ? "history" : "later";
}

/** Entries must name somebody: what the server itself put into a queue carries this. */
const BY_SERVER = "server";

function adderOf(entry: QueueEntry, me: string, nameOf: (principal: string) => string): string {
  if (entry.addedBy === BY_SERVER) return "Hathor";
  return nameOf(entry.addedBy) || (entry.addedBy === me ? "You" : "Someone");
}

/** The queue as rows, in order. */
export function rowsOf(entries: readonly QueueEntry[], context: RowContext): readonly QueueRow[] {
  const { me, may, nameOf } = context;
  return entries.map((entry) => ({
    entry: entry.entry,
    track: entry.track,
    addedBy: entry.addedBy,
    addedByName: adderOf(entry, me, nameOf),
    place: placeOf(entry, context),
    mayEdit: may.has("edit-any") || (entry.addedBy === me && may.has("edit-own")),
  }));
}

/** Where in `entries` a track added as "next" goes: right behind the current entry, at the end if nothing is current. */
export function indexOfNext(entries: readonly QueueEntry[], current: Cue | null): number {
  if (current === null) return entries.length;
  const found = entries.findIndex(
    (entry) => entry.order > current.order || (entry.order === current.order && entry.entry > current.entry),
  );
  return found === -1 ? entries.length : found;
}
