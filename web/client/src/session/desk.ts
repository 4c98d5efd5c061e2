import type { Timers } from "../connection/timers";
import { documentName, PLAYBACK, QUEUE } from "../documents/kinds";
import type { FromClient, Whole } from "../wire/frames";
import { Followed } from "./followed";
import type { Intent } from "./intents";
import type { Keeping } from "./keeping";
import { Outbox } from "./outbox";
import { Replica } from "./replicas";
import type { TabNames } from "./tab";

/** What a desk is laid with. */
export interface DeskSettings {
  readonly room: string;
  readonly tab: string;
  /** Time line of the documents that this device keeps. */
  readonly generation: number;
  readonly keeping: Keeping;
  readonly names: TabNames;
  readonly timers: Timers;
  readonly send: (frame: FromClient) => boolean;
  readonly refused: (intent: Intent, code: string, reason: string) => void;
  /** The browser could not keep something. */
  readonly failed: (reason: unknown) => void;
}

/** What the server says of a document. */
export type DocumentFrame = Extract<Whole, { document: string }>;

/** The documents of one room as this tab has them: what plays, and the queue it edits. */
export interface Desk {
  readonly playback: Followed;
  readonly queue: Replica;
  readonly outbox: Outbox;
  /** Takes what is said of one of these documents; what is said of another is nothing to this room. */
  received(frame: DocumentFrame): void;
  /** The time line of the server's documents: what is here of another one is dropped, save what waits to be sent. */
  belongTo(generation: number): void;
  keep(): void;
  close(): void;
}

/** The documents as they were left on this device. */
export async function layDesk(settings: DeskSettings): Promise<Desk> {
  const { room, tab, generation, keeping, names, timers, send, refused, failed } = settings;
  const queueName = documentName(QUEUE, room);
  const [playback, followed, outbox] = await Promise.all([
    Followed.load(documentName(PLAYBACK, room), generation, keeping, timers, failed),
    Followed.load(queueName, generation, keeping, timers, failed),
    Outbox.open({ keeping, names, document: queueName, tab, failed }),
  ]);
  let current = generation;
  const queue = new Replica({ followed, outbox, timers, send, refused });
  return {
    playback,
    queue,
    outbox,
    received(frame) {
      if (frame.document === playback.document && frame.tag !== "saved") playback.apply(frame.update);
      if (frame.document !== queueName) return;
      if (frame.tag === "opened") queue.opened(frame);
      else if (frame.tag === "changed") queue.changed(frame.update);
      else queue.saved(frame.intent);
    },
    belongTo(next) {
      if (next === current) return;
      current = next;
      playback.renew(next);
      queue.renew(next);
    },
    keep() {
      playback.keep();
      followed.keep();
    },
    close() {
      playback.close();
      queue.close();
      keeping.close();
    },
  };
}
