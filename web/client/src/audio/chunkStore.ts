/** Decoded sound held in the audio thread, addressed by (track, frame position). */

/** One decoded piece of a track. `channels` hold exactly `frames` samples each, nominal range -1 … 1. */
export interface Chunk {
  readonly track: string;
  readonly index: number;
  readonly start: number;
  readonly frames: number;
  readonly channels: readonly [Float32Array, Float32Array];
}

/** A place that will be read soon: from `frame` of `track` on. */
export interface Interest {
  readonly track: string;
  readonly frame: number;
}

/** Names a chunk that was let go, so that it can be fetched again when it is wanted. */
export interface ChunkName {
  readonly track: string;
  readonly index: number;
}

// What was just played is wanted again only after a small seek back: it is let go four times as readily as what comes.
const BEHIND_WEIGHT = 4;

function distance(chunk: Chunk, interests: readonly Interest[]): number {
  let nearest = Infinity;
  for (const interest of interests) {
    if (interest.track !== chunk.track) continue;
    const ahead = chunk.start - interest.frame;
    const behind = interest.frame - (chunk.start + chunk.frames);
    nearest = Math.min(nearest, behind > 0 ? behind * BEHIND_WEIGHT : Math.max(0, ahead));
  }
  return nearest;
}

/**
 * Chunks of several tracks within one bound of memory.
 *
 * When the bound is passed, the chunk farthest from every interest goes first: chunks around the position that plays and
 * around an announced next position survive. (Without the second rule a seek was silent for three seconds.)
 */
export class ChunkStore {
  readonly #capacity: number;
  readonly #tracks = new Map<string, Chunk[]>();
  #frames = 0;

  /** `capacity`: most frames held over all tracks. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Frames held over all tracks. */
  get frames(): number {
    return this.#frames;
  }

  /** Takes `chunk` in; returns the names of those let go for it. A chunk that is already there replaces its twin. */
  add(chunk: Chunk, interests: readonly Interest[]): ChunkName[] {
    const list = this.#tracks.get(chunk.track) ?? [];
    const kept = list.filter((held) => held.index !== chunk.index);
    if (kept.length < list.length) this.#frames -= chunk.frames;
    kept.push(chunk);
    kept.sort((a, b) => a.start - b.start);
    this.#tracks.set(chunk.track, kept);
    this.#frames += chunk.frames;
    return this.#shrink(interests);
  }

  /** Contiguous frames that are held from `frame` of `track` on. */
  extent(track: string, frame: number): number {
    let end = frame;
    for (const chunk of this.#tracks.get(track) ?? []) {
      if (chunk.start <= end && chunk.start + chunk.frames > end) end = chunk.start + chunk.frames;
    }
    return end - frame;
  }

  /** Copies frames `from` … `from + count` of `track` to `left` and `right` at `at`; what is not held becomes zero. */
  read(track: string, from: number, count: number, left: Float32Array, right: Float32Array, at: number): void {
    left.fill(0, at, at + count);
    right.fill(0, at, at + count);
    for (const chunk of this.#tracks.get(track) ?? []) {
      const first = Math.max(from, chunk.start);
      const last = Math.min(from + count, chunk.start + chunk.frames);
      const [sourceLeft, sourceRight] = chunk.channels;
      for (let frame = first; frame < last; frame += 1) {
        left[at + frame - from] = sourceLeft[frame - chunk.start] ?? 0;
        right[at + frame - from] = sourceRight[frame - chunk.start] ?? 0;
      }
    }
  }

  #shrink(interests: readonly Interest[]): ChunkName[] {
    const dropped: ChunkName[] = [];
    while (this.#frames > this.#capacity) {
      const worst = this.#farthest(interests);
      if (worst === null) break;
      const list = (this.#tracks.get(worst.track) ?? []).filter((held) => held !== worst);
      if (list.length === 0) this.#tracks.delete(worst.track);
      else this.#tracks.set(worst.track, list);
      this.#frames -= worst.frames;
      dropped.push({ track: worst.track, index: worst.index });
    }
    return dropped;
  }

  #farthest(interests: readonly Interest[]): Chunk | null {
    let worst: Chunk | null = null;
    let worstDistance = -1;
    for (const list of this.#tracks.values()) {
      for (const chunk of list) {
        const away = distance(chunk, interests);
        if (away > worstDistance) {
          worst = chunk;
          worstDistance = away;
        }
      }
    }
    return worst;
  }
}
