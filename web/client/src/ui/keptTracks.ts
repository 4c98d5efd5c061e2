import type { Shelf } from "../session/memory";
import type { Track } from "../api/answers";

const KEY = "hathor.tracks";
// About 120 kB of the 5 MB a site may keep.
const MOST_TRACKS = 500;
/** Rows arrive in bursts: one writing for all of them, soon enough that a reload in the next moment finds it. */
const GATHER_MILLISECONDS = 50;

/** Titles and lengths of tracks that stood in a queue or were found lately, so that they have names without the server. */
export class KeptTracks {
  readonly #shelf: Shelf;
  #tracks: Map<string, Track>;
  #fresh = new Map<string, Track>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.#tracks = this.#read();
  }

  get(track: string): Track | null {
    return this.#tracks.get(track) ?? null;
  }

  /** Those whose title, artist or album holds every word of `query`, in any order of words. */
  matching(query: string): readonly Track[] {
    const words = query.toLowerCase().split(/\s+/);
    return [...this.#tracks.values()].filter(({ title, artist, album }) => {
      const text = `${title} ${artist} ${album}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  keep(tracks: readonly Track[]): void {
    for (const track of tracks) this.#fresh.set(track.track, track);
    this.#tracks = latest(this.#tracks, this.#fresh);
    this.#timer ??= setTimeout(() => this.close(), GATHER_MILLISECONDS);
  }

  /** Writes what is not written yet. Other tabs write the same place: theirs is read again and stays. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fresh.size === 0) return;
    this.#tracks = latest(this.#read(), this.#fresh);
    this.#fresh = new Map();
    try {
      this.#shelf.setItem(KEY, JSON.stringify([...this.#tracks.values()]));
    } catch {
      // A full or forbidden store costs the names of tracks while offline, nothing else.
    }
  }

  #read(): Map<string, Track> {
    try {
      const kept = JSON.parse(this.#shelf.getItem(KEY) ?? "[]") as readonly Track[];
      return new Map(kept.map((track) => [track.track, track]));
    } catch {
      return new Map();
    }
  }
}

/** `newer` behind `older`, the latest of them only. */
function latest(older: ReadonlyMap<string, Track>, newer: ReadonlyMap<string, Track>): Map<string, Track> {
  const all = new Map(older);
  for (const [id, track] of newer) {
    all.delete(id);
    all.set(id, track);
  }
  return new Map([...all].slice(-MOST_TRACKS));
}
