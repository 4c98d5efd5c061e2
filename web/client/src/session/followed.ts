import * as Y from "yjs";
import type { Stop, Timers } from "../connection/timers";
import type { Opened } from "../wire/frames";
import type { Keeping } from "./keeping";

/** Origin of transactions that the server caused. */
export const SERVER = "server";

// What comes is written at once, what follows in a burst together: a browser may drop what is written while a page ends, and
// without a connection nobody says it again.
const BURST_MS = 250;

/**
 * A document as the server last told it, and nothing else: kept on the device, so it can be shown without a connection.
 */
export class Followed {
  readonly document: string;
  readonly doc = new Y.Doc();
  readonly #keeping: Keeping;
  readonly #timers: Timers;
  readonly #failed: (reason: unknown) => void;
  #stopBurst: Stop | null = null;
  #isNews = false;

  private constructor(document: string, keeping: Keeping, timers: Timers, failed: (reason: unknown) => void) {
    this.document = document;
    this.#keeping = keeping;
    this.#timers = timers;
    this.#failed = failed;
  }

  /** The document as it was kept; empty if it never was. `failed` is told when it cannot be kept. */
  static async load(
    document: string,
    keeping: Keeping,
    timers: Timers,
    failed: (reason: unknown) => void,
  ): Promise<Followed> {
    const followed = new Followed(document, keeping, timers, failed);
    const state = await keeping.state(document);
    if (state !== null) Y.applyUpdate(followed.doc, state, SERVER);
    return followed;
  }

  get stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  opened(frame: Opened): void {
    this.apply(frame.update);
  }

  /** Takes in an update of the server. */
  apply(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, SERVER);
    this.#isNews = true;
    if (this.#stopBurst === null) this.#writeInBursts();
  }

  /** Writes the state now, if it changed since it was last written. */
  keep(): void {
    if (!this.#isNews) return;
    this.#isNews = false;
    this.#keeping.putState(this.document, Y.encodeStateAsUpdate(this.doc)).catch(this.#failed);
  }

  close(): void {
    this.#stopBurst?.();
    this.keep();
    this.doc.destroy();
  }

  #writeInBursts(): void {
    this.keep();
    this.#stopBurst = this.#timers.after(BURST_MS, () => {
      this.#stopBurst = null;
      if (this.#isNews) this.#writeInBursts();
    });
  }
}
