import type { Command, Done, Order, Refused } from "../wire/frames";
import type { Notices } from "./notices";
import type { Playhead, Wish } from "./playhead";

/** Asks the conductor, shows the answer before it comes, and takes that back when it is no. */
export class Commands {
  readonly #room: string;
  readonly #send: (frame: Command) => boolean;
  readonly #afterEdits: (action: () => void) => void;
  readonly #playhead: Playhead;
  readonly #notices: Notices;
  readonly #pending = new Map<number, (frame: Refused) => void>();
  #last = 0;

  /** `afterEdits`: calls its argument behind the edits made so far. What a command is about may be an edit the server has not heard of yet. */
  constructor(
    room: string,
    send: (frame: Command) => boolean,
    afterEdits: (action: () => void) => void,
    playhead: Playhead,
    notices: Notices,
  ) {
    this.#room = room;
    this.#send = send;
    this.#afterEdits = afterEdits;
    this.#playhead = playhead;
    this.#notices = notices;
  }

  /** `wish`: what the page shows meanwhile; `refused`: told instead of the person when the answer is no. */
  give(order: Order, wish: Wish | null, refused: (frame: Refused) => void = this.#tell): void {
    this.#last += 1;
    const seq = this.#last;
    this.#pending.set(seq, refused);
    if (wish !== null) this.#playhead.wish(wish);
    this.#afterEdits(() => {
      if (this.#send({ tag: "command", room: this.#room, seq, order })) return;
      this.#pending.delete(seq);
      if (wish !== null) this.#playhead.unwish();
      this.#notices.tell("error", "You are offline: what plays can be changed again once the connection is back.");
    });
  }

  done(frame: Done): void {
    this.#pending.delete(frame.seq);
  }

  refused(frame: Refused): void {
    const refused = this.#pending.get(frame.seq);
    if (refused === undefined) return;
    this.#pending.delete(frame.seq);
    this.#playhead.unwish();
    refused(frame);
  }

  readonly #tell = (frame: Refused): void => this.#notices.tell("refused", sentence(frame.reason));

  /** The connection is gone: whether a command was carried out will be seen in the record. */
  lost(): void {
    if (this.#pending.size > 0) this.#playhead.unwish();
    this.#pending.clear();
  }
}

/** A reason of the server as a sentence for people. */
export function sentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
