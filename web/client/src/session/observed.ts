/** A value that changes over time: read it now, or be told of each change. The only state primitive of the client. */
export interface Observed<T> {
  get(): T;
  /** Calls `listener` after each change; returns what stops it. */
  subscribe(listener: () => void): () => void;
}

/** An {@link Observed} that its owner may set. Setting an identical value tells nobody. */
export class Cell<T> implements Observed<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
