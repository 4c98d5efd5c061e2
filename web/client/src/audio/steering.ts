import { DriftControl } from "../timeline/drift";
import { micros } from "../units";
import type { Remedy, Steering } from "./workletCore";

// After a start or a jump nothing jumps for this long: the output may still be moving (PulseAudio creeps at up to 15 ms a
// second after a stall), and two jumps in a row are heard as a stutter where one would have done.
const GRACE_MICROS = 750_000;

/** The control loop of the audio thread: `timeline/drift`, told how well the room's clock is known. */
export class DriftSteering implements Steering {
  readonly #control = new DriftControl();
  #startedAt: number | null = null;
  #ppm = 0;
  /** Certified error of room time, microseconds. Errors within it are left alone. */
  clockError = 0;

  read(at: number, error: number): Remedy {
    this.#startedAt ??= at;
    const correction = this.#control.step(at, micros(Math.round(error)), micros(this.clockError));
    if (correction.kind === "jump" && at - this.#startedAt >= GRACE_MICROS) return { kind: "jump" };
    // A jump that has to wait leaves the speed as it is.
    if (correction.kind !== "jump") this.#ppm = correction.kind === "nudge" ? correction.ratePpm : 0;
    return { kind: "nudge", ppm: this.#ppm };
  }

  restart(): void {
    this.#control.restart();
    this.#startedAt = null;
  }
}
