import { Cell, type Observed } from "../session/observed";

export const THEMES = ["dark", "light", "contrast", "system"] as const;
export type Theme = (typeof THEMES)[number];

export interface Choices {
  readonly theme: Theme;
  /** Shortcuts of a single key can be in the way of speech input and screen readers. */
  readonly singleKeys: boolean;
}

const KEY = "hathor.preferences";
const DEFAULTS: Choices = { theme: "dark", singleKeys: true };

/** What a person prefers on this device; remembered where the browser allows it, lost with the page otherwise. */
export class Preferences {
  readonly #choices: Cell<Choices>;
  readonly #root: HTMLElement;
  readonly #store: Storage | null;

  constructor(root: HTMLElement, store: Storage | null) {
    this.#root = root;
    this.#store = store;
    this.#choices = new Cell(recall(store));
    this.#show();
  }

  get choices(): Observed<Choices> {
    return this.#choices;
  }

  choose(change: Partial<Choices>): void {
    this.#choices.set({ ...this.#choices.get(), ...change });
    this.#show();
    try {
      this.#store?.setItem(KEY, JSON.stringify(this.#choices.get()));
    } catch {
      // A full or forbidden store costs only the memory of the choice: it holds until the page closes.
    }
  }

  #show(): void {
    this.#root.dataset.theme = this.#choices.get().theme;
  }
}

function recall(store: Storage | null): Choices {
  try {
    const kept: unknown = JSON.parse(store?.getItem(KEY) ?? "null");
    if (typeof kept !== "object" || kept === null) return DEFAULTS;
    const theme = "theme" in kept ? THEMES.find((known) => known === kept.theme) : undefined;
    const singleKeys = "singleKeys" in kept && typeof kept.singleKeys === "boolean" ? kept.singleKeys : undefined;
    return { theme: theme ?? DEFAULTS.theme, singleKeys: singleKeys ?? DEFAULTS.singleKeys };
  } catch {
    return DEFAULTS;
  }
}
