import { CHIRP_SECONDS, chirpSamples, HIGHEST_HERTZ, LOWEST_HERTZ } from "./chirp";
import { Fourier } from "./fourier";

/** A chirp that was found. */
export interface Found {
  /** Where it begins, in samples from the start of the stretch; a part of a sample counts. */
  readonly at: number;
  /** Normalised correlation, 0 … 1: how much of what sounds there is the chirp. */
  readonly likeness: number;
}

// What lies outside of the sweep (rumble, hum, hiss) says nothing; the edges of the sweep are not sharp.
const BAND_MARGIN_HERTZ = 100;

// Noise alone reaches 0.09 (6 kHz of band, 0.2 s: 2400 independent values), a chirp in the other direction 0.05.
const LEAST_LIKENESS = 0.14;

// Noise alone is 3.6 times its median at its highest in a second.
const LEAST_CLARITY = 7;

// The way straight from the loudspeaker is the shortest; an echo that is louder comes within so much of it.
const ECHO_SECONDS = 0.02;
const FIRST_ARRIVAL = 0.5;

/**
 * Finds chirps by matched filtering: correlation with the known sweep, by way of its envelope, which has one smooth peak
 * where the correlation itself swings. All within the band of the sweep.
 */
export class ChirpFinder {
  readonly #rate: number;
  readonly #length: number;
  readonly #fourier: Fourier;
  readonly #lowest: number;
  readonly #highest: number;
  readonly #templates: ReadonlyMap<boolean, Template>;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** `rate`: samples a second; `longest`: samples of the longest stretch that will be searched. */
  constructor(rate: number, longest: number) {
    this.#rate = rate;
    this.#length = Math.ceil(CHIRP_SECONDS * rate);
    this.#fourier = new Fourier(2 ** Math.ceil(Math.log2(Math.max(longest, this.#length + 1))));
    const { size } = this.#fourier;
    this.#lowest = Math.round(((LOWEST_HERTZ - BAND_MARGIN_HERTZ) / rate) * size);
    this.#highest = Math.round(((HIGHEST_HERTZ + BAND_MARGIN_HERTZ) / rate) * size);
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
    this.#templates = new Map([true, false].map((isRising) => [isRising, this.#template(isRising)]));
  }

  /** The earliest clear arrival of a chirp that lies within `stretch` as a whole; null if none does. */
  find(stretch: Float32Array, isRising: boolean): Found | null {
    const template = this.#templates.get(isRising);
    const places = stretch.length - this.#length + 1;
    if (template === undefined || places < 3) return null;
    this.#spectrumOf(stretch);
    const spectrum = { re: this.#re.slice(), im: this.#im.slice() };
    this.#fourier.inverse(this.#re, this.#im);
    const energies = this.#energies(places);
    for (let k = 0; k < spectrum.re.length; k += 1) {
      const [a, b, c, d] = [spectrum.re[k] ?? 0, spectrum.im[k] ?? 0, template.re[k] ?? 0, template.im[k] ?? 0];
      this.#re[k] = a * c + b * d;
      this.#im[k] = b * c - a * d;
    }
    this.#fourier.inverse(this.#re, this.#im);
    const envelope = new Float64Array(places).map((_, k) => Math.hypot(this.#re[k] ?? 0, this.#im[k] ?? 0));
    return this.#judge(envelope, energies, template.energy);
  }

  #judge(envelope: Float64Array, energies: Float64Array, energy: number): Found | null {
    const loudest = envelope.reduce((best, value, k) => (value > (envelope[best] ?? 0) ? k : best), 0);
    const peak = envelope[loudest] ?? 0;
    const likeness = peak / Math.sqrt(energy * (energies[loudest] ?? 0) + Number.MIN_VALUE);
    if (likeness < LEAST_LIKENESS || peak < LEAST_CLARITY * medianOf(envelope)) return null;
    const first = this.#firstArrival(envelope, loudest);
    // At its very edge a stretch shows the flank of something that lies outside.
    if (first === 0 || first === envelope.length - 1) return null;
    return { at: first + between(envelope[first - 1] ?? 0, envelope[first] ?? 0, envelope[first + 1] ?? 0), likeness };
  }

  #firstArrival(envelope: Float64Array, loudest: number): number {
    const enough = FIRST_ARRIVAL * (envelope[loudest] ?? 0);
    for (let k = Math.max(1, Math.round(loudest - ECHO_SECONDS * this.#rate)); k < loudest; k += 1) {
      const here = envelope[k] ?? 0;
      if (here >= enough && here >= (envelope[k - 1] ?? 0) && here > (envelope[k + 1] ?? 0)) return k;
    }
    return loudest;
  }

  /** Energy under the chirp at each place, of the band alone. */
  #energies(places: number): Float64Array {
    const sums = new Float64Array(places + this.#length);
    for (let k = 0; k + 1 < sums.length; k += 1) {
      const [real, imaginary] = [this.#re[k] ?? 0, this.#im[k] ?? 0];
      sums[k + 1] = (sums[k] ?? 0) + real * real + imaginary * imaginary;
    }
    return new Float64Array(places).map((_, k) => (sums[k + this.#length] ?? 0) - (sums[k] ?? 0));
  }

  /** The band of `samples`, positive frequencies alone: what it transforms back to has the envelope as its modulus. */
  #spectrumOf(samples: Float32Array): void {
    this.#re.fill(0);
    this.#im.fill(0);
    this.#re.set(samples);
    this.#fourier.forward(this.#re, this.#im);
    for (const part of [this.#re, this.#im]) {
      part.fill(0, 0, this.#lowest);
      part.fill(0, this.#highest + 1);
    }
  }

  #template(isRising: boolean): Template {
    this.#spectrumOf(chirpSamples(this.#rate, isRising));
    const [re, im] = [this.#re.slice(), this.#im.slice()];
    const energy = re.reduce((sum, value, k) => sum + value * value + (im[k] ?? 0) ** 2, 0) / this.#fourier.size;
    return { re, im, energy };
  }
}

interface Template {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly energy: number;
}

/** Where the top of a parabola through the logarithms of three values lies, -0.5 … 0.5 from the middle one. */
function between(before: number, here: number, after: number): number {
  if (before <= 0 || after <= 0) return 0;
  const [left, middle, right] = [Math.log(before), Math.log(here), Math.log(after)];
  const bend = left - 2 * middle + right;
  return bend < 0 ? Math.min(0.5, Math.max(-0.5, (left - right) / (2 * bend))) : 0;
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
