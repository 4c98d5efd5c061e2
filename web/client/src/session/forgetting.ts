import type { Keeping, KeptIntent } from "./keeping";

/**
 * A {@link Keeping} for windows whose database is forbidden: everything works, but nothing outlives the page. Whoever
 * uses it says so to the listener.
 */
export class Forgetting implements Keeping {
  readonly #states = new Map<string, Uint8Array>();
  #intents: KeptIntent[] = [];
  #last = 0;

  intents(document: string, tab: string): Promise<readonly KeptIntent[]> {
    return Promise.resolve(this.#intents.filter((kept) => kept.document === document && kept.tab === tab));
  }

  lastNumber(): Promise<number> {
    return Promise.resolve(this.#last);
  }

  put(kept: KeptIntent): Promise<void> {
    this.#last = Math.max(this.#last, kept.number);
    this.#intents = [...this.#others(kept.document, kept.tab, [kept.number]), kept];
    return Promise.resolve();
  }

  drop(document: string, tab: string, numbers: readonly number[]): Promise<void> {
    this.#intents = this.#others(document, tab, numbers);
    return Promise.resolve();
  }

  /** No other tab can leave anything here. */
  tabs(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  replace(old: readonly KeptIntent[], by: readonly KeptIntent[]): Promise<void> {
    this.#intents = [...this.#intents.filter((kept) => !old.includes(kept)), ...by];
    return Promise.resolve();
  }

  state(document: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.#states.get(document) ?? null);
  }

  putState(document: string, state: Uint8Array): Promise<void> {
    this.#states.set(document, state);
    return Promise.resolve();
  }

  close(): void {
    this.#states.clear();
  }

  #others(document: string, tab: string, numbers: readonly number[]): KeptIntent[] {
    return this.#intents.filter(
      (kept) => kept.document !== document || kept.tab !== tab || !numbers.includes(kept.number),
    );
  }
}
