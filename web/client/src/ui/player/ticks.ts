// A playhead moves a pixel or two in a quarter of a second. Every repaint costs a third to half a percent of a core where the
// browser draws in software, and most when several things that move are painted one by one.
const EVERY_MS = 250;

/**
 * One clock for all that moves while music plays, so that a quarter of a second costs one repaint however much of it is shown.
 * It stands still while nobody listens to it and while the page is hidden.
 */
export class Ticks {
  readonly #document: Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">;
  readonly #listeners = new Set<(tick: number) => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  constructor(around: Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">) {
    this.#document = around;
  }

  /** Calls `listener` at every tick, with a number that counts up. Returns what ends it. */
  listen(listener: (tick: number) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#document.addEventListener("visibilitychange", this.#look);
      this.#look();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#document.removeEventListener("visibilitychange", this.#look);
      this.#stop();
    };
  }

  readonly #look = (): void => {
    this.#stop();
    if (this.#document.visibilityState === "hidden") return;
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
  };

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#count += 1;
    for (const listener of this.#listeners) listener(this.#count);
  }
}

export const ticks = new Ticks(document);
