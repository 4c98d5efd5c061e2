/**
 * One effect as the audio thread runs it, without anything of the audio thread. Twins in `media/effects/`: once everything
 * has settled, the same samples come out, to the rounding of a float.
 */
export interface Core<Settings> {
  /** Frames between what comes in and the same as it comes out; the same whether the effect is on or not. */
  readonly latencyFrames: number;
  /** Other settings, in a glide; null switches it off, and sound passes, as late as ever. */
  set(settings: Settings | null): void;
  /** Works in place. Any cutting into blocks gives the same samples. */
  process(left: Float32Array, right: Float32Array): void;
}
