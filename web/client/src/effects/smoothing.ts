// After a third of a second nothing is left of a change.
const SMOOTHING_SECONDS = 0.015;

/** Milliseconds after which what was faded out may be taken away. */
export const FADED_MS = 350;

/** Moves a parameter to a value without a click. */
export function glideTo(context: BaseAudioContext, param: AudioParam, value: number): void {
  param.setTargetAtTime(value, context.currentTime, SMOOTHING_SECONDS);
}
