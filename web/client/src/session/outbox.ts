import type { Intent } from "./intents";
import type { Keeping, KeptIntent } from "./keeping";
import { Cell } from "./observed";
import { lockOf } from "./tab";
import type { TabNames } from "./tab";

/** What an outbox is made with. */
export interface OutboxSettings {
  readonly keeping: Keeping;
  readonly names: TabNames;
  readonly document: string;
  readonly tab: string;
  /** Told when the browser could not keep something: it would not survive a reload. */
  readonly failed: (reason: unknown) => void;
}

/**
 * What this tab did to one document and the server has not yet saved, in order. Memory leads, the database follows, so an
 * intent can be shown and sent at once.
 */
export class Outbox {
  readonly waiting = new Cell<readonly KeptIntent[]>([]);
  readonly #settings: OutboxSettings;
  #last: number;

  private constructor(settings: OutboxSettings, kept: readonly KeptIntent[], last: number) {
    this.#settings = settings;
    this.waiting.set(kept);
    this.#last = last;
  }

  /** The outbox of this tab as it was left. */
  static async open(settings: OutboxSettings): Promise<Outbox> {
    const { keeping, document, tab } = settings;
    const [kept, last] = await Promise.all([keeping.intents(document, tab), keeping.lastNumber(document, tab)]);
    return new Outbox(settings, kept, last);
  }

  /** Number of the latest intent that waits, 0 if none. */
  get highest(): number {
    return this.waiting.get().at(-1)?.number ?? 0;
  }

  add(intent: Intent): KeptIntent {
    const kept = this.#numbered(intent);
    this.waiting.set([...this.waiting.get(), kept]);
    this.#write(this.#settings.keeping.put(kept));
    return kept;
  }

  /** Everything up to `number` is durable on the server. */
  saved(number: number): void {
    this.#drop((kept) => kept.number <= number);
  }

  /** This one is done with: refused for good, or it turned out to have no effect. */
  drop(number: number): void {
    this.#drop((kept) => kept.number === number);
  }

  /**
   * Takes over what tabs left that are no more. Their names are locked meanwhile, so neither a returning page nor a third
   * tab takes the same. Returns what came, under this tab's numbers.
   */
  async adopt(): Promise<readonly KeptIntent[]> {
    const { keeping, names, document, tab } = this.#settings;
    const found: KeptIntent[] = [];
    for (const other of await keeping.tabs(document)) {
      if (other === tab) continue;
      await names.whileFree(lockOf(other), async () => {
        const orphans = await keeping.intents(document, other);
        const adopted = orphans.map((orphan) => this.#numbered(orphan.intent));
        await keeping.replace(orphans, adopted);
        found.push(...adopted);
      });
    }
    if (found.length > 0) this.waiting.set([...this.waiting.get(), ...found].sort((a, b) => a.number - b.number));
    return found;
  }

  #numbered(intent: Intent): KeptIntent {
    const { document, tab } = this.#settings;
    this.#last += 1;
    return { document, tab, number: this.#last, intent };
  }

  #drop(isDone: (kept: KeptIntent) => boolean): void {
    const gone = this.waiting.get().filter(isDone);
    if (gone.length === 0) return;
    this.waiting.set(this.waiting.get().filter((kept) => !isDone(kept)));
    const { keeping, document, tab } = this.#settings;
    const numbers = gone.map((kept) => kept.number);
    this.#write(keeping.drop(document, tab, numbers));
  }

  #write(writing: Promise<void>): void {
    writing.catch(this.#settings.failed);
  }
}
