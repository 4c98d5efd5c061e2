import type { Intent } from "./intents";

/** An intent as it is kept until it is saved. `number` grows per document and tab. */
export interface KeptIntent {
  readonly document: string;
  readonly tab: string;
  readonly number: number;
  readonly intent: Intent;
}

/** What this device keeps across page loads: intents until they are saved, and documents as the server last knew them. */
export interface Keeping {
  /** Intents of one tab, by number. */
  intents(document: string, tab: string): Promise<readonly KeptIntent[]>;
  /** The highest number this tab ever used for the document, 0 if none. */
  lastNumber(document: string, tab: string): Promise<number>;
  put(kept: KeptIntent): Promise<void>;
  drop(document: string, tab: string, numbers: readonly number[]): Promise<void>;
  /** Other tabs that left intents for the document. */
  tabs(document: string): Promise<readonly string[]>;
  /** Puts `by` in the place of `old` as one unit: intents that another tab left, under names of this one. */
  replace(old: readonly KeptIntent[], by: readonly KeptIntent[]): Promise<void>;
  /** State of a document as one Yjs update, null if none is kept. */
  state(document: string): Promise<Uint8Array | null>;
  putState(document: string, state: Uint8Array): Promise<void>;
  close(): void;
}

type Key = [document: string, tab: string, number: number];

// Stores: intents by [document, tab, number]; numbers by [document, tab]; states by document.
const VERSION = 1;

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database refused"));
  });
}

/** Everything of `transaction` has been asked for. Said outright, it is carried out even if the page ends this moment. */
function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser's database gave up"));
    transaction.commit();
  });
}

/** Intents of one document, all numbers of all tabs or of one. Arrays sort behind numbers and strings in IndexedDB. */
function rangeOf(document: string, tab?: string): IDBKeyRange {
  return tab === undefined
    ? IDBKeyRange.bound([document], [document, []])
    : IDBKeyRange.bound([document, tab], [document, tab, []]);
}

/** Opens the browser's database. Rejects where it is forbidden (some private windows). */
export async function openKeeping(factory: IDBFactory, name = "hathor"): Promise<Keeping> {
  const request = factory.open(name, VERSION);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore("intents", { keyPath: ["document", "tab", "number"] });
    database.createObjectStore("numbers");
    database.createObjectStore("states");
  };
  return new DatabaseKeeping(await answered(request));
}

class DatabaseKeeping implements Keeping {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
    // Another tab brings a newer version: it must not wait for this page to close.
    database.onversionchange = () => database.close();
  }

  intents(document: string, tab: string): Promise<readonly KeptIntent[]> {
    const store = this.#database.transaction("intents").objectStore("intents");
    return answered(store.getAll(rangeOf(document, tab)) as IDBRequest<KeptIntent[]>);
  }

  async lastNumber(document: string, tab: string): Promise<number> {
    const store = this.#database.transaction("numbers").objectStore("numbers");
    return ((await answered(store.get([document, tab]))) as number | undefined) ?? 0;
  }

  put(kept: KeptIntent): Promise<void> {
    return this.replace([], [kept]);
  }

  replace(old: readonly KeptIntent[], by: readonly KeptIntent[]): Promise<void> {
    const transaction = this.#database.transaction(["intents", "numbers"], "readwrite");
    const intents = transaction.objectStore("intents");
    for (const { document, tab, number } of old) intents.delete([document, tab, number]);
    for (const kept of by) {
      intents.put(kept);
      transaction.objectStore("numbers").put(kept.number, [kept.document, kept.tab]);
    }
    return finished(transaction);
  }

  drop(document: string, tab: string, numbers: readonly number[]): Promise<void> {
    const transaction = this.#database.transaction("intents", "readwrite");
    for (const number of numbers) transaction.objectStore("intents").delete([document, tab, number]);
    return finished(transaction);
  }

  async tabs(document: string): Promise<readonly string[]> {
    const store = this.#database.transaction("intents").objectStore("intents");
    const keys = (await answered(store.getAllKeys(rangeOf(document)))) as unknown as Key[];
    return [...new Set(keys.map(([, tab]) => tab))];
  }

  async state(document: string): Promise<Uint8Array | null> {
    const store = this.#database.transaction("states").objectStore("states");
    return ((await answered(store.get(document))) as Uint8Array | undefined) ?? null;
  }

  putState(document: string, state: Uint8Array): Promise<void> {
    const transaction = this.#database.transaction("states", "readwrite");
    transaction.objectStore("states").put(state, document);
    return finished(transaction);
  }

  close(): void {
    this.#database.close();
  }
}
