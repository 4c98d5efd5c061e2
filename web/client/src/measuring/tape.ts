import type { Recording } from "./measurement";

/** A stretch of what a microphone heard; `frame`: number of its first sample, as its own clock counts. */
export interface Block {
  readonly frame: number;
  readonly samples: Float32Array;
}

/** What a microphone hears, put together from blocks. Nothing of it leaves the page. */
export class Tape {
  readonly rate: number;
  readonly #mostFrames: number;
  readonly #blocks: Block[] = [];
  #frames = 0;
  #first = 0;
  // The earliest a block can have come after its last sample is the delay of the way here, plus almost nothing.
  #beginsAt = Infinity;

  /** `rate`: samples a second; `mostSeconds`: what comes later is not kept. */
  constructor(rate: number, mostSeconds: number) {
    this.rate = rate;
    this.#mostFrames = rate * mostSeconds;
  }

  /** Keeps a block that came at page time `at`, microseconds. Frames that never came are silence. */
  add(block: Block, at: number): void {
    if (this.#blocks.length === 0) this.#first = block.frame;
    const end = block.frame + block.samples.length - this.#first;
    if (end > this.#mostFrames) return;
    this.#blocks.push(block);
    this.#frames = Math.max(this.#frames, end);
    this.#beginsAt = Math.min(this.#beginsAt, at - (end * 1e6) / this.rate);
  }

  /** All of it, or null if nothing came; `toRoom` turns page time into room time. */
  recording(toRoom: (pageMicros: number) => number): Recording | null {
    if (this.#blocks.length === 0) return null;
    const samples = new Float32Array(this.#frames);
    for (const block of this.#blocks) samples.set(block.samples, block.frame - this.#first);
    return { samples, rate: this.rate, startsAt: toRoom(Math.floor(this.#beginsAt)) };
  }
}
