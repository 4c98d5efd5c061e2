/** Sounds for the tests of effects. */

/** Values -1 … 1 of a 32-bit xorshift (13, 17, 5). */
export function noise(frames: number, seed: number, level = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) / 2147483648 - 1) * level;
  });
}

/** The sound of the shared vectors: soft noise, noise beyond full scale, noise in one channel, silence. Times `gain`. */
export function shared(frames: number, gain = 1): [Float32Array, Float32Array] {
  const levels = [0.05, 1.5, 0.2, 0];
  const quarter = frames / 4;
  const channel = (seed: number, isHalf: boolean) => {
    let state = seed;
    return Float32Array.from({ length: frames }, (_, i) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const part = Math.floor(i / quarter);
      const level = isHalf && part === 2 ? 0 : levels[part]!;
      return Math.fround(((state >>> 0) / 2147483648 - 1) * level) * gain;
    });
  };
  return [channel(1, false), channel(2, true)];
}

export function sine(frames: number, hertz: number, level = 1, rate = 48_000): Float32Array {
  return Float32Array.from({ length: frames }, (_, i) => level * Math.sin((2 * Math.PI * hertz * i) / rate));
}

export function largest(samples: Float32Array): number {
  return samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
}

/** The largest change from one sample to the next. */
export function steepest(samples: Float32Array): number {
  return samples.reduce((most, each, i) => (i === 0 ? 0 : Math.max(most, Math.abs(each - samples[i - 1]!))), 0);
}
