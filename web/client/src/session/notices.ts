import type { Notice } from "./listening";
import { Cell } from "./observed";

// Older ones were read or never will be.
const MOST_SHOWN = 20;

/** Messages for the person at this page, newest last. */
export class Notices {
  readonly shown = new Cell<readonly Notice[]>([]);
  #last = 0;

  /** Says something. A sentence that already stands there becomes the newest again and is counted. */
  tell(kind: Notice["kind"], text: string): void {
    const former = this.shown.get().find((notice) => notice.text === text);
    if (former === undefined) this.#last += 1;
    const told = { id: former?.id ?? this.#last, kind, text, times: (former?.times ?? 0) + 1 };
    this.shown.set([...this.shown.get().filter((notice) => notice !== former), told].slice(-MOST_SHOWN));
  }

  dismiss(id: number): void {
    this.shown.set(this.shown.get().filter((notice) => notice.id !== id));
  }
}
