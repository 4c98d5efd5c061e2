// 20 ms at 48 kHz: too short to be waited for, too long to click.
export const GLIDE_FRAMES = 960;

/** A number that goes to where it is sent in a straight line, so that nothing clicks, and is exactly there at the end. */
export class Glide {
  value: number;
  #target: number;
  #step = 0;
  #left = 0;

  constructor(value: number) {
    this.value = value;
    this.#target = value;
  }

  get isSettled(): boolean {
    return this.#left === 0;
  }

  jump(value: number): void {
    this.value = this.#target = value;
    this.#left = 0;
  }

  send(target: number): void {
    if (target === this.#target) return;
    this.#target = target;
    this.#step = (target - this.value) / GLIDE_FRAMES;
    this.#left = GLIDE_FRAMES;
  }

  /** The value of the next frame. */
  next(): number {
    if (this.#left > 0) {
      this.#left -= 1;
      this.value = this.#left === 0 ? this.#target : this.value + this.#step;
    }
    return this.value;
  }
}
