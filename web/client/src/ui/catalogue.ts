import { Cell, type Observed } from "../session/observed";
import type { KeptTracks } from "./keptTracks";
import type { Track } from "../api/answers";
import type { Server } from "./server";

const MOST_PER_LOOKUP = 500;
/** Rows of one rendering ask within the same moment: one request answers all of them. */
const GATHER_MILLISECONDS = 8;
const RETRY_MILLISECONDS = 4_000;

/**
 * Titles, artists and lengths by track id. Asks the server once per track, for many tracks at a time; until it answers, what
 * this device remembers has to do.
 */
export class Catalogue {
  readonly #known = new Map<string, Cell<Track | null>>();
  readonly #server: Pick<Server, "lookup">;
  readonly #kept: KeptTracks;
  #wanted = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(server: Pick<Server, "lookup">, kept: KeptTracks) {
    this.#server = server;
    this.#kept = kept;
  }

  /** Null until the server has answered, unless this device remembers the track. */
  track(id: string): Observed<Track | null> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const cell = new Cell(this.#kept.get(id));
    this.#known.set(id, cell);
    this.#wanted.add(id);
    this.#timer ??= setTimeout(this.#ask, GATHER_MILLISECONDS);
    return cell;
  }

  /** What this device remembers of the library, for searching it without the server. */
  remembered(query: string): readonly Track[] {
    return this.#kept.matching(query);
  }

  /** Takes over what a search brought along. */
  keep(tracks: readonly Track[]): void {
    this.#kept.keep(tracks);
    this.#show(tracks);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#kept.close();
  }

  #show(tracks: readonly Track[]): void {
    for (const track of tracks) {
      this.#wanted.delete(track.track);
      const cell = this.#known.get(track.track);
      if (cell === undefined) this.#known.set(track.track, new Cell<Track | null>(track));
      else cell.set(track);
    }
  }

  readonly #ask = () => {
    this.#timer = undefined;
    const all = [...this.#wanted];
    this.#wanted = new Set();
    for (let start = 0; start < all.length; start += MOST_PER_LOOKUP) void this.#lookup(all.slice(start, start + MOST_PER_LOOKUP));
  };

  async #lookup(ids: readonly string[]): Promise<void> {
    try {
      const found = await this.#server.lookup(ids);
      this.keep(found);
      const seen = new Set(found.map((track) => track.track));
      this.#show(ids.filter((id) => !seen.has(id)).map(unknownTrack));
    } catch {
      // Offline: the rows keep what they show and are asked for again.
      if (this.#closed) return;
      for (const id of ids) this.#wanted.add(id);
      this.#timer ??= setTimeout(this.#ask, RETRY_MILLISECONDS);
    }
  }
}

/** What a row shows when the library has lost its track. */
function unknownTrack(track: string): Track {
  const note = "This track is no longer in the library.";
  return { track, title: "Unknown track", artist: "", album: "", length: 0, is_available: false, has_cover: false, note };
}
