import * as Y from "yjs";
import type { Stop, Timers } from "../connection/timers";
import type { Opened } from "../wire/frames";
import type { Keeping } from "./keeping";

/** Origin of transactions that the server caused. */
export const SERVER = "server";

// What comes is written at once, what follows in a burst together: a browser may drop what is written while a page ends, and
// without a connection nobody says it again.
const BURST_MS = 250;

// An update that holds nothing.
const NOTHING = new Uint8Array([0, 0]);

/**
 * A document as the server last told it, and nothing else: kept on the device, so it can be shown without a connection.
 * It belongs to one time line of the server (`generation` of its welcome), which ends when a backup is put back.
 */
export class Followed {
  readonly document: string;
  #doc = new Y.Doc();
  #generation: number;
  readonly #keeping: Keeping;
  readonly #timers: Timers;
  readonly #failed: (reason: unknown) => void;
  #stopBurst: Stop | null = null;
  #isNews = false;

  private constructor(
    document: string,
    generation: number,
    keeping: Keeping,
    timers: Timers,
    failed: (reason: unknown) => void,
  ) {
    this.document = document;
    this.#generation = generation;
    this.#keeping = keeping;
    this.#timers = timers;
    this.#failed = failed;
  }

  /** The document as it was kept; empty if it never was. `failed` is told when it cannot be kept. */
  static async load(
    document: string,
    generation: number,
    keeping: Keeping,
    timers: Timers,
    failed: (reason: unknown) => void,
  ): Promise<Followed> {
    const followed = new Followed(document, generation, keeping, timers, failed);
    const state = await keeping.state(followed.#shelf);
    if (state !== null) Y.applyUpdate(followed.doc, state, SERVER);
    return followed;
  }

  get doc(): Y.Doc {
    return this.#doc;
  }

  get stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  opened(frame: Opened): void {
    this.apply(frame.update);
  }

  /** The server's documents are of another time line: what was known of this one is worth nothing. */
  renew(generation: number): void {
    this.#stopBurst?.();
    this.#stopBurst = null;
    this.#isNews = false;
    this.#keeping.putState(this.#shelf, NOTHING).catch(this.#failed);
    this.#generation = generation;
    this.#doc.destroy();
    this.#doc = new Y.Doc();
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
    this.#keeping.putState(this.#shelf, Y.encodeStateAsUpdate(this.doc)).catch(this.#failed);
  }

  close(): void {
    this.#stopBurst?.();
    this.keep();
    this.doc.destroy();
  }

  /** Each time line has its own place: a tab that has not heard of a new one cannot spoil what is kept of it. */
  get #shelf(): string {
    return this.#generation === 0 ? this.document : `${this.document}@${this.#generation}`;
  }

  #writeInBursts(): void {
    this.keep();
    this.#stopBurst = this.#timers.after(BURST_MS, () => {
      this.#stopBurst = null;
      if (this.#isNews) this.#writeInBursts();
    });
  }
}
