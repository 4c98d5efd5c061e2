// A sound card asks for a block every 10 … 20 ms, and between two blocks the edge stands still: the greatest of a few
// readings is the edge itself. Callbacks come late, never early.
const BLOCK_READINGS = 8;
// While a machine is busy all blocks come late; in a second of thirty readings hardly all of them.
const LONG_READINGS = 30;

// The way from the edge to the ear has to have stayed the same for the last five seconds of thirty readings, but for 200 ppm:
// timestamps of a fresh output saw their way to the truth at milliseconds a second, and what they say meanwhile is nothing to
// hold on to; afterwards they come nearer to it for a minute, and whoever waited for the end of that would never know.
const SECOND_READINGS = 30;
const CALM_SECONDS = 5;
const CALM_MICROS = 1_000;
const SHARE = 1 / 60;

/**
 * Where the audio thread computes: `currentTime` against page time, as a second witness of where the output is.
 *
 * Sound is heard a fixed span after it was computed, for as long as nothing between is emptied or filled: if the output
 * shifts, the edge shifts with it. It is rougher than timestamps, since a sound server that starts to ask for blocks at
 * another moment moves it by half a block, 10 ms, and nobody hears that. Measured with Chromium over PulseAudio: after a
 * standstill, timestamps were up to 150 ms wrong for twenty seconds.
 */
export class RenderEdge {
  #recent: number[] = [];
  #lag = 0;
  /** What `#lag` was at the ends of the latest seconds. */
  #lags: number[] = [];
  #agreed = 0;

  /** Whether it has agreed with the timestamps for long enough to be heard against them. */
  get isKnown(): boolean {
    const [first = 0] = this.#lags;
    return this.#lags.length > CALM_SECONDS && Math.abs(this.#lag - first) <= CALM_MICROS;
  }

  /** Context minus page time of what leaves the output, in microseconds; by the latest thirty readings, or by eight. */
  offset(isLong: boolean): number {
    return this.#edge(isLong ? LONG_READINGS : BLOCK_READINGS) + this.#lag;
  }

  /** Takes in context minus page time of what is being computed, in microseconds. */
  add(offset: number): void {
    this.#recent.push(offset);
    if (this.#recent.length > LONG_READINGS) this.#recent.shift();
  }

  /** A timestamp says that context minus page time of what leaves the output is `offset`, and nobody doubts it. */
  agree(offset: number): void {
    if (this.#recent.length < BLOCK_READINGS) return;
    const lag = offset - this.#edge(BLOCK_READINGS);
    this.#agreed += 1;
    this.#lag += Math.max(SHARE, 1 / this.#agreed) * (lag - this.#lag);
    if (this.#agreed % SECOND_READINGS > 0) return;
    this.#lags.push(this.#lag);
    if (this.#lags.length > CALM_SECONDS + 1) this.#lags.shift();
  }

  /** Another way from the edge to the ear: it is learned anew. */
  forget(): void {
    this.#recent = [];
    this.#lags = [];
    this.#agreed = 0;
  }

  #edge(readings: number): number {
    return Math.max(...this.#recent.slice(-readings));
  }
}
