import * as Y from "yjs";
import { readQueue } from "../documents/queue";
import type { QueueEntry } from "../documents/queue";
import type { Stop, Timers } from "../connection/timers";
import type { FromClient, Opened, Refused } from "../wire/frames";
import type { Followed } from "./followed";
import { SERVER } from "./followed";
import { carryOut, INTENT } from "./intents";
import type { Intent } from "./intents";
import type { KeptIntent } from "./keeping";
import { Cell } from "./observed";
import type { Outbox } from "./outbox";

/** What a replica is made with. */
export interface ReplicaSettings {
  readonly followed: Followed;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly send: (frame: FromClient) => boolean;
  /** An intent was refused for good and has left the outbox. */
  readonly refused: (intent: Intent, code: string, reason: string) => void;
}

// The server cannot take anything now; that is no judgement of the intent.
const PASSING = new Set(["too-many", "overloaded", "storage-down", "storage-full", "fenced"]);
const PASSING_PAUSE_MS = 2_000;

// The server takes 64 KiB in one update (sync/documents/limits.py).
const LARGEST_UPDATE = 64 * 1024;

/**
 * A document that this tab edits.
 *
 * - `closed`, `opening`, `live`: intents go to the replica at once. When it is opened again under its own id, the server
 *   is sent what it lacks.
 * - `careful`: after a refusal. The replica is new and takes the intents one by one, each waiting for its answer, so that
 *   one refused edit takes none of the others with it.
 *
 * Invariants: the replica authors under the id of its latest `Opened` and under no other; without a replica nothing is
 * ever sent; what is shown is the server's word plus every waiting intent.
 */
export class Replica {
  /** The queue to be shown: what the server said, and what this tab did. */
  readonly shown = new Cell<readonly QueueEntry[]>([]);
  readonly #settings: ReplicaSettings;
  #display: Y.Doc;
  #live: Y.Doc | null = null;
  #clientId = 0;
  #mode: "closed" | "opening" | "live" | "careful" = "closed";
  #isCareful = false;
  #inFlight = 0;
  #stopPause: Stop | null = null;
  #afterwards: (() => void)[] = [];

  constructor(settings: ReplicaSettings) {
    this.#settings = settings;
    this.#display = new Y.Doc();
    this.#show();
  }

  /** The document behind `shown`, for looking things up. Not to be edited. */
  get display(): Y.Doc {
    return this.#display;
  }

  /** A connection stands: opens the document, under the id it has if there is a living replica. */
  connected(): void {
    if (this.#isCareful) this.#forgetReplica();
    this.#open();
  }

  lost(): void {
    this.#endPause();
    this.#mode = "closed";
    this.#inFlight = 0;
    this.#afterwards = [];
  }

  close(): void {
    this.lost();
    this.#settings.followed.close();
  }

  /** The server's documents are of another time line: what waits starts anew from its state, one by one. */
  renew(generation: number): void {
    this.#settings.followed.renew(generation);
    this.#isCareful = true;
    this.#forgetReplica();
    this.#show();
  }

  /** Does something: shown at once, sent when possible, kept until it is saved. */
  do(intent: Intent): KeptIntent {
    const kept = this.#settings.outbox.add(intent);
    this.#enact(kept);
    this.#show();
    return kept;
  }

  /**
   * Calls `action` as soon as every edit made so far was sent, so that the server hears of it behind them; at once if they
   * were, or while the server takes none. It is forgotten if the connection goes first.
   */
  afterEdits(action: () => void): void {
    const isBehind = this.#mode === "opening" || this.#mode === "careful";
    if (isBehind && this.#stopPause === null && this.#settings.outbox.highest > 0) this.#afterwards.push(action);
    else action();
  }

  /** Takes over what closed tabs of this device left behind. */
  async adopt(): Promise<void> {
    const adopted = await this.#settings.outbox.adopt();
    for (const kept of adopted) this.#enact(kept);
    if (adopted.length > 0) this.#show();
  }

  opened(frame: Opened): void {
    const { followed } = this.#settings;
    followed.opened(frame);
    if (this.#live === null) this.#begin(frame.clientId);
    else this.#resume(this.#live, frame);
    if (this.#mode === "live") this.#catchUp();
    this.#show();
  }

  changed(update: Uint8Array): void {
    this.#settings.followed.apply(update);
    if (this.#live !== null) this.#takeIn(this.#live, update);
    this.#show();
  }

  saved(number: number): void {
    // The server's word first: an edit must not be missing from both what waits and what is kept.
    this.#settings.followed.keep();
    this.#settings.outbox.saved(number);
    if (this.#mode !== "careful" || number < this.#inFlight) return;
    this.#inFlight = 0;
    this.#nextCarefully();
    this.#show();
  }

  /** The server took none of an update: what builds on it is void, and starts anew from the server's state. */
  rejected(frame: Refused): void {
    // Answers to what was sent before the document was opened again say nothing new.
    if (this.#mode !== "live" && this.#mode !== "careful") return;
    const { outbox, refused, timers } = this.#settings;
    const isPassing = PASSING.has(frame.code);
    const culprit = outbox.waiting.get().find((kept) => kept.number === this.#inFlight);
    if (this.#mode === "careful" && culprit !== undefined && !isPassing) {
      outbox.drop(culprit.number);
      refused(culprit.intent, frame.code, frame.reason);
    }
    this.#isCareful = true;
    this.#forgetReplica();
    this.#mode = "opening";
    if (isPassing) {
      this.#stopPause = timers.after(PASSING_PAUSE_MS, () => {
        this.#stopPause = null;
        this.#open();
      });
      this.#catchUp();
    } else this.#open();
    this.#show();
  }

  #endPause(): void {
    this.#stopPause?.();
    this.#stopPause = null;
  }

  /** What waited for edits need wait no more. */
  #catchUp(): void {
    for (const action of this.#afterwards.splice(0)) action();
  }

  #open(): void {
    const { followed, send } = this.#settings;
    this.#mode = "opening";
    this.#inFlight = 0;
    const { document, stateVector } = followed;
    send({ tag: "open", document, stateVector, clientId: this.#clientId });
  }

  #forgetReplica(): void {
    this.#live?.destroy();
    this.#live = null;
    this.#clientId = 0;
  }

  /** A new replica, from the server's state, under the id it was given; then what waits, as fresh edits. */
  #begin(clientId: number): void {
    const { followed, outbox } = this.#settings;
    const live = new Y.Doc();
    Y.applyUpdate(live, Y.encodeStateAsUpdate(followed.doc), SERVER);
    this.#live = live;
    this.#author(live, clientId);
    if (this.#isCareful) {
      this.#mode = "careful";
      this.#nextCarefully();
      return;
    }
    this.#mode = "live";
    for (const kept of outbox.waiting.get()) this.#enact(kept);
  }

  /** The same replica on a new connection: the server gets what it lacks, with the highest intent that is in it. */
  #resume(live: Y.Doc, frame: Opened): void {
    const { outbox, followed, send } = this.#settings;
    Y.applyUpdate(live, frame.update, SERVER);
    this.#author(live, frame.clientId);
    this.#mode = "live";
    if (outbox.highest === 0) return;
    const update = Y.encodeStateAsUpdate(live, frame.stateVector);
    if (update.length > LARGEST_UPDATE) {
      // A long time offline does not fit into one update; its intents do, one by one.
      this.#isCareful = true;
      this.#forgetReplica();
      this.#open();
      return;
    }
    send({ tag: "update", document: followed.document, update, intent: outbox.highest });
  }

  /** Yjs drops an assigned id when it meets structs of its own; the server would refuse the one it makes up. */
  #author(live: Y.Doc, clientId: number): void {
    this.#clientId = clientId;
    live.clientID = clientId;
  }

  #takeIn(live: Y.Doc, update: Uint8Array): void {
    Y.applyUpdate(live, update, SERVER);
    if (live.clientID !== this.#clientId) this.#author(live, this.#clientId);
  }

  /** Carries an intent out on the replica, if there is one that takes it now, and sends what came of it. */
  #enact(kept: KeptIntent): void {
    if (this.#mode === "careful") {
      if (this.#inFlight === 0) this.#nextCarefully();
      return;
    }
    if (this.#live === null) return;
    const update = updateOf(this.#live, kept.intent);
    if (update === null) this.#settings.outbox.drop(kept.number);
    else if (this.#mode === "live") this.#submit(update, kept.number);
  }

  #nextCarefully(): void {
    const { outbox } = this.#settings;
    for (const kept of outbox.waiting.get()) {
      const update = this.#live === null ? null : updateOf(this.#live, kept.intent);
      if (update !== null) {
        this.#inFlight = kept.number;
        this.#submit(update, kept.number);
        return;
      }
      outbox.drop(kept.number);
    }
    this.#isCareful = false;
    this.#mode = "live";
    this.#catchUp();
  }

  #submit(update: Uint8Array, intent: number): void {
    const { followed, send } = this.#settings;
    send({ tag: "update", document: followed.document, update, intent });
  }

  #show(): void {
    this.#display = this.#live === null || this.#isCareful ? this.#scratch() : this.#live;
    this.shown.set(readQueue(this.#display));
  }

  /** The server's word and every waiting intent, in a document that is never sent. */
  #scratch(): Y.Doc {
    const { followed, outbox } = this.#settings;
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(followed.doc), SERVER);
    for (const { intent } of outbox.waiting.get()) carryOut(doc, intent);
    return doc;
  }
}

/** The update that `intent` makes on `doc`, null if it has no effect (any more). */
function updateOf(doc: Y.Doc, intent: Intent): Uint8Array | null {
  const updates: Uint8Array[] = [];
  const take = (update: Uint8Array, origin: unknown): void => {
    if (origin === INTENT) updates.push(update);
  };
  doc.on("update", take);
  carryOut(doc, intent);
  doc.off("update", take);
  return updates.length === 0 ? null : Y.mergeUpdates(updates);
}
