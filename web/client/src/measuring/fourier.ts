/** The discrete Fourier transform for lengths that are powers of two: iterative, in place, radix 2 (Cooley and Tukey, 1965). */
export class Fourier {
  readonly size: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #places: Uint32Array;

  /** `size`: a power of two, 2 … 2^24. */
  constructor(size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 1 || bits > 24) throw new RangeError(`${size} is no power of two from 2 to 2^24`);
    this.size = size;
    this.#cosines = new Float64Array(size / 2).map((_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sines = new Float64Array(size / 2).map((_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.#places = new Uint32Array(size);
    for (let k = 1; k < size; k += 1) this.#places[k] = ((this.#places[k >> 1] ?? 0) >> 1) | ((k & 1) << (bits - 1));
  }

  /** Replaces `re` + i `im`, each of `size` values, by its transform. */
  forward(re: Float64Array, im: Float64Array): void {
    this.#reorder(re, im);
    for (let half = 1; half < this.size; half *= 2) this.#merge(re, im, half);
  }

  /** Undoes `forward`. */
  inverse(re: Float64Array, im: Float64Array): void {
    // Swapping the parts turns one direction into the other.
    this.forward(im, re);
    for (let k = 0; k < this.size; k += 1) {
      re[k] = (re[k] ?? 0) / this.size;
      im[k] = (im[k] ?? 0) / this.size;
    }
  }

  #reorder(re: Float64Array, im: Float64Array): void {
    for (let k = 0; k < this.size; k += 1) {
      const other = this.#places[k] ?? 0;
      if (other <= k) continue;
      const [real, imaginary] = [re[k] ?? 0, im[k] ?? 0];
      re[k] = re[other] ?? 0;
      im[k] = im[other] ?? 0;
      re[other] = real;
      im[other] = imaginary;
    }
  }

  /** Makes transforms of `2 half` values of every two neighbouring ones of `half`. */
  #merge(re: Float64Array, im: Float64Array, half: number): void {
    const step = this.size / (2 * half);
    for (let start = 0; start < this.size; start += 2 * half) {
      for (let k = 0; k < half; k += 1) {
        const cosine = this.#cosines[k * step] ?? 0;
        const sine = this.#sines[k * step] ?? 0;
        const [low, high] = [start + k, start + k + half];
        const [real, imaginary] = [re[high] ?? 0, im[high] ?? 0];
        const turnedRe = real * cosine - imaginary * sine;
        const turnedIm = real * sine + imaginary * cosine;
        re[high] = (re[low] ?? 0) - turnedRe;
        im[high] = (im[low] ?? 0) - turnedIm;
        re[low] = (re[low] ?? 0) + turnedRe;
        im[low] = (im[low] ?? 0) + turnedIm;
      }
    }
  }
}
