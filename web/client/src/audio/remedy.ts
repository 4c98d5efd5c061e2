import type { Remedy, Steering } from "./workletCore";

// Below 4 ms nobody can tell; beyond 30 ms a device is heard as an echo and one jump is kinder than half a minute of drift.
const NEAR_MICROS = 4_000;
const JUMP_MICROS = 30_000;
const NEAR_PPM = 500;
const FAR_PPM = 5_000;

/** Seconds over which an error is drawn in. */
const TIME_CONSTANT = 0.7;

/** The rule of the audio thread: nudge while the error is small, jump behind a fade when it is large. */
export function newSteering(): Steering {
  return {
    read(_at: number, error: number): Remedy {
      if (Math.abs(error) > JUMP_MICROS) return { kind: "jump" };
      const most = Math.abs(error) < NEAR_MICROS ? NEAR_PPM : FAR_PPM;
      return { kind: "nudge", ppm: Math.max(-most, Math.min(most, -error / TIME_CONSTANT)) };
    },
    restart: () => undefined,
  };
}
