import type { Notice } from "./listening";
import { Cell } from "./observed";

// Older ones were read or never will be.
const MOST_SHOWN = 20;

/** Messages for the person at this page, newest last. */
export class Notices {
  readonly shown = new Cell<readonly Notice[]>([]);
  #last = 0;

  /** Says something; a sentence that already stands there is not repeated. */
  tell(kind: Notice["kind"], text: string): void {
    if (this.shown.get().some((notice) => notice.text === text)) return;
    this.#last += 1;
    this.shown.set([...this.shown.get(), { id: this.#last, kind, text }].slice(-MOST_SHOWN));
  }

  dismiss(id: number): void {
    this.shown.set(this.shown.get().filter((notice) => notice.id !== id));
  }
}
