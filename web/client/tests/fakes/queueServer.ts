import * as Y from "yjs";
import { readQueue } from "../../src/documents/queue";
import type { QueueEntry } from "../../src/documents/queue";
import type { FromClient, FromServer, Update } from "../../src/wire/frames";

export const QUEUE_NAME = "queue:r00m";

/** Says no to an update: the code, or null to take it. Sees the queue before and after. */
export type Judge = (before: readonly QueueEntry[], after: readonly QueueEntry[]) => string | null;

interface Reader {
  readonly receive: (frame: FromServer) => void;
  readonly ids: Set<number>;
  isOpen: boolean;
  isDropped: boolean;
}

/**
 * The server's side of one queue document, as the room does it: issues client ids, refuses structs under others and what
 * the judge refuses, drops a refused replica's further updates until it is opened again, and answers when it is told to.
 */
export class QueueServer {
  readonly doc = new Y.Doc();
  readonly issued: number[] = [];
  readonly updates: Update[] = [];
  judge: Judge = () => null;
  #readers: Reader[] = [];
  #nextId = 1000;

  get queue(): readonly QueueEntry[] {
    return readQueue(this.doc);
  }

  /** A connection of some device; returns what it sends with and what cuts it. */
  connect(receive: (frame: FromServer) => void, ids: Set<number>): { send: (frame: FromClient) => boolean; cut: () => void } {
    const reader: Reader = { receive, ids, isOpen: false, isDropped: false };
    this.#readers.push(reader);
    return {
      send: (frame) => {
        if (!this.#readers.includes(reader)) return false;
        this.#take(frame, reader);
        return true;
      },
      cut: () => (this.#readers = this.#readers.filter((other) => other !== reader)),
    };
  }

  /** An edit of somebody else. */
  edit(change: (doc: Y.Doc) => void): void {
    const before = Y.encodeStateVector(this.doc);
    change(this.doc);
    this.#publish(Y.encodeStateAsUpdate(this.doc, before));
  }

  #take(frame: FromClient, reader: Reader): void {
    if (frame.tag === "open") this.#open(frame.clientId, frame.stateVector, reader);
    if (frame.tag === "update") this.#update(frame, reader);
  }

  #open(known: number, vector: Uint8Array, reader: Reader): void {
    const clientId = reader.ids.has(known) ? known : (this.#nextId += 1);
    if (clientId !== known) this.issued.push(clientId);
    reader.ids.add(clientId);
    reader.isOpen = true;
    reader.isDropped = false;
    reader.receive({
      tag: "opened",
      document: QUEUE_NAME,
      clientId,
      update: Y.encodeStateAsUpdate(this.doc, vector.length > 0 ? vector : undefined),
      stateVector: Y.encodeStateVector(this.doc),
      start: 0,
    });
  }

  #update(frame: Update, reader: Reader): void {
    this.updates.push(frame);
    if (reader.isDropped) return;
    if (!reader.isOpen) throw new Error("an update to a document that is not open");
    const code = this.#refusal(frame.update, reader);
    if (code !== null) {
      reader.isDropped = true;
      reader.isOpen = false;
      reader.receive({ tag: "refused", about: "update", subject: QUEUE_NAME, seq: frame.intent, code, reason: "because" });
      return;
    }
    const before = Y.encodeStateVector(this.doc);
    Y.applyUpdate(this.doc, frame.update);
    this.#publish(Y.encodeStateAsUpdate(this.doc, before));
    reader.receive({ tag: "saved", document: QUEUE_NAME, intent: frame.intent });
  }

  #refusal(update: Uint8Array, reader: Reader): string | null {
    for (const struct of Y.decodeUpdate(update).structs) {
      if (!reader.ids.has(struct.id.client) && !Y.decodeStateVector(Y.encodeStateVector(this.doc)).has(struct.id.client)) {
        return "foreign-client-id";
      }
    }
    const shadow = new Y.Doc();
    Y.applyUpdate(shadow, Y.encodeStateAsUpdate(this.doc));
    Y.applyUpdate(shadow, update);
    if (shadow.store.pendingStructs !== null) return "missing-predecessor";
    return this.judge(this.queue, readQueue(shadow));
  }

  #publish(update: Uint8Array): void {
    for (const reader of this.#readers) {
      if (reader.isOpen) reader.receive({ tag: "changed", document: QUEUE_NAME, update });
    }
  }
}
