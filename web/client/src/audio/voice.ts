import type { ChunkStore } from "./chunkStore";
import type { Line, Piece } from "./line";
import type { SincTable } from "./sinc";

/** Frames of a fade in or out: 8 ms at 48 kHz, short enough to sound immediate and long enough not to click. */
export const FADE_FRAMES = 384;

const RAMP = Float32Array.from({ length: FADE_FRAMES + 1 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / FADE_FRAMES));

// Longest input one rendering step needs: a block of 128 frames at step 4.04 with the longest kernel, rounded up.
const SCRATCH_FRAMES = 640;
const gains = new Float32Array(128);
const scratchLeft = new Float32Array(SCRATCH_FRAMES);
const scratchRight = new Float32Array(SCRATCH_FRAMES);

/** One read head in the sound, with its own fade. Fades overlap as several voices, so nothing ever starts or ends hard. */
export class Voice {
  piece: Piece;
  position: number;
  #before: Piece | null = null;
  #after: Piece | null;
  #level = 0;
  #direction: 1 | -1 = 1;
  // A released voice keeps the pace it had: what replaces it may run at another.
  #step = 1;
  #table: SincTable;

  constructor(piece: Piece, position: number, after: Piece | null, table: SincTable) {
    this.piece = piece;
    this.position = position;
    this.#after = after;
    this.#table = table;
  }

  get isReleased(): boolean {
    return this.#direction === -1;
  }

  /** True when a released voice has faded away and can be forgotten. */
  get isOver(): boolean {
    return this.#direction === -1 && this.#level === 0;
  }

  release(): void {
    this.#direction = -1;
  }

  /** Speed from now on, in frames of its sound per output frame (0.25 … 4.04), and the kernel that suits it. */
  pace(step: number, table: SincTable): void {
    this.#step = step;
    this.#table = table;
  }

  /**
   * Position in terms of `line.piece`, also while this voice has crossed into the next piece or has yet to, and while it reads
   * another sound of it; or null.
   */
  positionOn(line: Line): number | null {
    const scale = this.piece.tempo / line.piece.tempo;
    if (this.piece.entry === line.piece.entry) return this.position * scale;
    if (line.next?.entry === this.piece.entry) return this.position * scale + line.piece.frames;
    if (this.#after?.entry === line.piece.entry) return (this.position - this.piece.frames) * scale;
    return null;
  }

  /** Takes over what `line` says about the end of the piece and what follows it. The sound stays what it is. */
  learn(line: Line): void {
    if (line.piece.entry === this.piece.entry) {
      if (line.piece.track === this.piece.track) this.piece = line.piece;
      this.#after = line.next;
    } else if (line.next?.entry === this.piece.entry) {
      if (line.next.track === this.piece.track) this.piece = line.next;
      this.#after = null;
    }
  }

  /** Frames from here to the first one that is not held, across the end of the piece. */
  extent(store: ChunkStore): number {
    const from = Math.max(0, Math.floor(this.position));
    const here = store.extent(this.piece.track, from);
    const { frames } = this.piece;
    if (frames === 0 || from + here < frames) return from + here - this.position;
    if (this.#after === null) return frames - this.position;
    return frames - this.position + store.extent(this.#after.track, 0);
  }

  /** Adds `count` (≤ 128) output frames to `left` and `right` at `start`, and moves on. */
  render(store: ChunkStore, left: Float32Array, right: Float32Array, start: number, count: number): void {
    for (let i = 0; i < count; i += 1) {
      gains[i] = RAMP[this.#level] ?? 0;
      this.#level = Math.min(FADE_FRAMES, Math.max(0, this.#level + this.#direction));
    }
    const step = this.#step;
    const table = this.#table;
    const whole = Math.floor(this.position);
    const fraction = this.position - whole;
    const needed = Math.floor(fraction + step * (count - 1)) + table.taps;
    this.#gather(store, whole - table.reach, needed);
    table.addTo([scratchLeft, scratchRight], fraction, step, gains, [left, right], start, count);
    this.#advance(step * count);
  }

  #advance(frames: number): void {
    this.position += frames;
    if (this.piece.frames > 0 && this.position >= this.piece.frames && this.#after !== null) {
      this.position = ((this.position - this.piece.frames) * this.piece.tempo) / this.#after.tempo;
      this.#before = this.piece;
      this.piece = this.#after;
      this.#after = null;
    }
  }

  /** Fills the scratch buffers with frames `first` … of this piece, reaching into its neighbours at both ends. */
  #gather(store: ChunkStore, first: number, count: number): void {
    const { frames, track } = this.piece;
    const leading = Math.min(count, Math.max(0, -first));
    const end = frames > 0 ? frames : Infinity;
    const inside = Math.max(0, Math.min(first + count, end) - Math.max(0, first));
    const trailing = count - leading - inside;
    if (leading > 0) this.#edge(store, this.#before, (this.#before?.frames ?? 0) + first, leading, 0);
    if (inside > 0) store.read(track, Math.max(0, first), inside, scratchLeft, scratchRight, leading);
    if (trailing > 0) this.#edge(store, this.#after, Math.max(0, first - end), trailing, leading + inside);
  }

  #edge(store: ChunkStore, piece: Piece | null, from: number, count: number, at: number): void {
    if (piece !== null) {
      store.read(piece.track, from, count, scratchLeft, scratchRight, at);
      return;
    }
    scratchLeft.fill(0, at, at + count);
    scratchRight.fill(0, at, at + count);
  }
}
