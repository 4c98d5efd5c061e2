import * as Y from "yjs";
import type { Stop, Timers } from "../connection/timers";
import type { Opened } from "../wire/frames";
import type { Keeping } from "./keeping";

/** Origin of transactions that the server caused. */
export const SERVER = "server";

// A burst of edits is written once; a page that is closed sooner reads the rest from the server again.
const KEEP_AFTER_MS = 1_000;

/**
 * A document as the server last told it, and nothing else: kept on the device, so it can be shown without a connection.
 */
export class Followed {
  readonly document: string;
  readonly doc = new Y.Doc();
  readonly #keeping: Keeping;
  readonly #timers: Timers;
  readonly #failed: (reason: unknown) => void;
  #stop: Stop | null = null;

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
    this.#stop ??= this.#timers.after(KEEP_AFTER_MS, () => this.keep());
  }

  /** Writes the state now, if it changed since it was last written. */
  keep(): void {
    if (this.#stop === null) return;
    this.#stop();
    this.#stop = null;
    this.#keeping.putState(this.document, Y.encodeStateAsUpdate(this.doc)).catch(this.#failed);
  }

  close(): void {
    this.keep();
    this.doc.destroy();
  }
}
