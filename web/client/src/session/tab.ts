import { newId } from "./newId";

/** Names held by living pages: nobody else gets one until its page is gone. */
export interface TabNames {
  /** Takes `name` for the life of this page; false if another page holds it. */
  hold(name: string): Promise<boolean>;
  /** Runs `action` while holding `name`, unless a living page holds it. */
  whileFree(name: string, action: () => Promise<void>): Promise<void>;
}

/** {@link TabNames} by the Web Locks of the browser, which frees them when a page ends, however it ends. */
export class LockedNames implements TabNames {
  readonly #locks: LockManager;

  constructor(locks: LockManager) {
    this.#locks = locks;
  }

  hold(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#locks
        .request(name, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          // The lock is held until this promise ends, and it never does.
          return lock === null ? undefined : new Promise<never>(() => undefined);
        })
        .catch(reject);
    });
  }

  async whileFree(name: string, action: () => Promise<void>): Promise<void> {
    await this.#locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? undefined : action()));
  }
}

// A page in the background may run its timers once a minute; only after more than that is it surely gone.
const BEAT_MS = 10_000;
const DEAD_AFTER_MS = 150_000;

/** {@link TabNames} for insecure pages, which have no Web Locks: heartbeats in the storage all tabs share. */
export class BeatingNames implements TabNames {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #every: (milliseconds: number, action: () => void) => void;
  readonly #atEnd: (action: () => void) => void;

  /** `atEnd`: calls its argument when the page goes away, if the browser lets it. */
  constructor(
    storage: Storage,
    now: () => number,
    every: (milliseconds: number, action: () => void) => void,
    atEnd: (action: () => void) => void,
  ) {
    this.#storage = storage;
    this.#now = now;
    this.#every = every;
    this.#atEnd = atEnd;
  }

  hold(name: string): Promise<boolean> {
    if (!this.#isFree(name)) return Promise.resolve(false);
    this.#beat(name);
    this.#every(BEAT_MS, () => this.#beat(name));
    this.#atEnd(() => this.#storage.removeItem(name));
    return Promise.resolve(true);
  }

  async whileFree(name: string, action: () => Promise<void>): Promise<void> {
    if (!this.#isFree(name)) return;
    this.#beat(name);
    try {
      await action();
    } finally {
      this.#storage.removeItem(name);
    }
  }

  #isFree(name: string): boolean {
    return this.#now() - Number(this.#storage.getItem(name) ?? 0) > DEAD_AFTER_MS;
  }

  #beat(name: string): void {
    this.#storage.setItem(name, String(this.#now()));
  }
}

/** Lock name of a tab. */
export function lockOf(tab: string): string {
  return `hathor-tab-${tab}`;
}

/**
 * The name of this tab, the same after a reload. A duplicated tab carries its original's name in its session storage; the
 * lock tells the two apart, and the copy gets a name of its own.
 */
export async function nameOfTab(names: TabNames, storage: Storage): Promise<string> {
  const known = storage.getItem("hathor-tab");
  if (known !== null && (await names.hold(lockOf(known)))) return known;
  const fresh = newId();
  await names.hold(lockOf(fresh));
  storage.setItem("hathor-tab", fresh);
  storage.removeItem("hathor-ticket");
  return fresh;
}
