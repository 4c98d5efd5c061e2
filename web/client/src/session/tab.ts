import type { Stop } from "../connection/timers";
import type { Shelf } from "./memory";
import { newId } from "./newId";

/** Names held by living pages: nobody else gets one until its page is gone. */
export interface TabNames {
  /** Takes `name` until it is let go or the page ends; null if another page holds it. */
  hold(name: string): Promise<Stop | null>;
  /** Runs `action` while holding `name`, unless a living page holds it. */
  whileFree(name: string, action: () => Promise<void>): Promise<void>;
}

/** {@link TabNames} by the Web Locks of the browser, which frees them when a page ends, however it ends. */
export class LockedNames implements TabNames {
  readonly #locks: LockManager;

  constructor(locks: LockManager) {
    this.#locks = locks;
  }

  hold(name: string): Promise<Stop | null> {
    return new Promise((resolve, reject) => {
      this.#locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (lock === null) {
            resolve(null);
            return undefined;
          }
          // The lock is held until this promise ends.
          return new Promise<void>((letGo) => resolve(letGo));
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
  readonly #storage: Shelf;
  readonly #now: () => number;
  readonly #every: (milliseconds: number, action: () => void) => Stop;
  readonly #atEnd: (action: () => void) => void;

  /** `atEnd`: calls its argument when the page goes away, if the browser lets it. */
  constructor(
    storage: Shelf,
    now: () => number,
    every: (milliseconds: number, action: () => void) => Stop,
    atEnd: (action: () => void) => void,
  ) {
    this.#storage = storage;
    this.#now = now;
    this.#every = every;
    this.#atEnd = atEnd;
  }

  hold(name: string): Promise<Stop | null> {
    if (!this.#isFree(name)) return Promise.resolve(null);
    this.#beat(name);
    const stop = this.#every(BEAT_MS, () => this.#beat(name));
    const letGo = (): void => {
      stop();
      this.#storage.removeItem(name);
    };
    this.#atEnd(letGo);
    return Promise.resolve(letGo);
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

/** A tab of this device, and what gives its name up. */
export interface Tab {
  readonly name: string;
  readonly leave: Stop;
}

/**
 * This tab under the name it had before a reload. A duplicated tab carries its original's name in its session storage; the
 * lock tells the two apart, and the copy gets a name of its own.
 */
export async function takeTab(names: TabNames, memory: Shelf): Promise<Tab> {
  const known = memory.getItem("hathor.tab");
  const held = known === null ? null : await names.hold(lockOf(known));
  if (known !== null && held !== null) return { name: known, leave: held };
  const name = newId();
  const leave = await names.hold(lockOf(name));
  memory.setItem("hathor.tab", name);
  return { name, leave: leave ?? (() => undefined) };
}
