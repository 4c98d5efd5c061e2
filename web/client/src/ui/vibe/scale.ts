/** Where a frequency lies across the equalizer: its ten bands, an octave each, fill ten equal columns. */

// Half an octave below the lowest band (31.5 Hz) and above the highest (16 kHz).
const LOWEST_HZ = 31.5 / Math.SQRT2;
const OCTAVES = 10;

/** 0 at the left edge, 1 at the right one. */
export function shareOf(hertz: number): number {
  return Math.log2(hertz / LOWEST_HZ) / OCTAVES;
}

export function hertzAt(share: number): number {
  return LOWEST_HZ * 2 ** (share * OCTAVES);
}

/** `31`, `250`, `1k`, `16k`: as on any equalizer. */
export function bandWords(hertz: number): string {
  return hertz >= 1000 ? `${hertz / 1000}k` : `${Math.floor(hertz)}`;
}

/** `+3 dB`, `−4.5 dB`, `0 dB`. */
export function decibels(value: number): string {
  return value === 0 ? "0 dB" : `${value > 0 ? "+" : "−"}${Math.abs(value)} dB`;
}
