import type * as Y from "yjs";
import { addEntries, entriesOf, moveEntries, removeEntries } from "../documents/queue";
import type { QueueEntry } from "../documents/queue";

/**
 * What a person did to the queue, in terms that outlive any replica: entry ids and order keys.
 *
 * Each is idempotent by entry id, so applying one again (after a reload, after a refusal of its neighbour) does no harm.
 */
export type Intent =
  | { readonly kind: "add"; readonly entries: readonly QueueEntry[] }
  | { readonly kind: "move"; readonly entry: string; readonly order: string; readonly from: string }
  /** `entries`: what is removed, whole, so that it can be brought back. */
  | { readonly kind: "remove"; readonly entries: readonly QueueEntry[] };

/** Origin of transactions that carry out intents; everything else is the server's word. */
export const INTENT = "intent";

/** Carries `intent` out on `doc`; what is done already, or cannot be done any more, is left alone. */
export function carryOut(doc: Y.Doc, intent: Intent): void {
  switch (intent.kind) {
    case "add":
      addEntries(
        doc,
        intent.entries.filter((each) => !wasUsed(doc, each.entry)),
        INTENT,
      );
      break;
    case "move":
      moveEntries(doc, new Map([[intent.entry, intent.order]]), INTENT);
      break;
    case "remove":
      removeEntries(
        doc,
        intent.entries.map((each) => each.entry),
        INTENT,
      );
      break;
  }
}

/**
 * Whether an entry of this id is or was in the queue. Yjs keeps the key of a removed entry for ever; an add whose
 * acknowledgement was lost, and whose entry somebody removed since, is thereby known to be done.
 */
function wasUsed(doc: Y.Doc, entry: string): boolean {
  return entriesOf(doc)._map.has(entry);
}

/** Who undoes: entries brought back are added anew, under the name of the one who brings them back. */
export interface Undoer {
  readonly principal: string;
  readonly newId: () => string;
  /** UTC in microseconds. */
  readonly utc: () => number;
}

/**
 * The intent that takes `intent` back on `doc` as it is now; null when nothing is left to take back.
 *
 * What was removed comes back at its old place under a new entry id: a removed id is never used again.
 */
export function inverseOf(intent: Intent, doc: Y.Doc, by: Undoer): Intent | null {
  const present = entriesOf(doc);
  switch (intent.kind) {
    case "add": {
      const entries = intent.entries.filter((each) => present.has(each.entry));
      return entries.length > 0 ? { kind: "remove", entries } : null;
    }
    case "move":
      return present.has(intent.entry)
        ? { kind: "move", entry: intent.entry, order: intent.from, from: intent.order }
        : null;
    case "remove": {
      const entries = intent.entries.map(({ track, order }) => ({
        entry: by.newId(),
        track,
        order,
        addedBy: by.principal,
        addedAt: by.utc(),
      }));
      return { kind: "add", entries };
    }
  }
}

/** An intent in words, for telling a person that it was not taken. */
export function wordsOf(intent: Intent): string {
  switch (intent.kind) {
    case "add":
      return intent.entries.length === 1 ? "Adding a track" : `Adding ${intent.entries.length} tracks`;
    case "move":
      return "Moving a track";
    case "remove":
      return intent.entries.length === 1 ? "Removing a track" : `Removing ${intent.entries.length} tracks`;
  }
}
