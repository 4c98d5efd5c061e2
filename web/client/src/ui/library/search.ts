import { Cell, type Observed } from "../../session/observed";
import type { Catalogue } from "../catalogue";
import type { Track } from "../../api/answers";
import { asRefusal, isAway, type Server } from "../server";

const PAGE = 50;
/** Typing rests this long before the server is asked. */
const REST_MILLISECONDS = 120;

export interface Found {
  readonly query: string;
  readonly tracks: readonly Track[];
  readonly total: number;
  /** `offline`: the server is away, and these are the tracks this device remembers. */
  readonly state: "searching" | "found" | "failed" | "offline";
  /** Why it failed, for people. */
  readonly reason: string;
}

/** The search of the library: one question at a time, and only the answer to the latest is shown. */
export class LibrarySearch {
  readonly #server: Pick<Server, "search">;
  readonly #catalogue: Catalogue;
  readonly #found = new Cell<Found>({ query: "", tracks: [], total: 0, state: "searching", reason: "" });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;

  constructor(server: Pick<Server, "search">, catalogue: Catalogue) {
    this.#server = server;
    this.#catalogue = catalogue;
  }

  get found(): Observed<Found> {
    return this.#found;
  }

  /** Searches once typing rests; an empty query lists everything. */
  look(query: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(query, []), REST_MILLISECONDS);
  }

  /** Searches at once. */
  async lookNow(query: string): Promise<void> {
    clearTimeout(this.#timer);
    await this.#ask(query, []);
  }

  /** Fetches the next page of the same question. */
  async more(): Promise<void> {
    const { query, tracks, state } = this.#found.get();
    if (state !== "searching") await this.#ask(query, tracks);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  async #ask(query: string, had: readonly Track[]): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#found.set({ ...this.#found.get(), query, state: "searching", reason: "" });
    try {
      const page = await this.#server.search(query.trim(), PAGE, had.length, asking.signal);
      if (asking.signal.aborted) return;
      this.#catalogue.keep(page.tracks);
      this.#found.set({ query, tracks: [...had, ...page.tracks], total: page.total, state: "found", reason: "" });
    } catch (failure) {
      if (asking.signal.aborted) return;
      const refusal = asRefusal(failure);
      const { reason } = refusal;
      if (!isAway(refusal)) {
        this.#found.set({ ...this.#found.get(), state: "failed", reason });
        return;
      }
      const tracks = this.#catalogue.remembered(query.trim());
      this.#found.set({ query, tracks, total: tracks.length, state: tracks.length > 0 ? "offline" : "failed", reason });
    }
  }
}
