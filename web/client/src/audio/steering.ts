import { DriftControl, NEAR } from "../timeline/drift";
import { micros } from "../units";
import type { SyncMode } from "./sound";
import type { Remedy, Steering } from "./workletCore";

// After a start or a jump nothing jumps for this long: the output may still be moving (PulseAudio creeps at up to 15 ms a
// second after a stall), and two jumps in a row are heard as a stutter where one would have done.
const GRACE_MICROS = 750_000;

// Quality first: speed stays within 0.05 % (0.9 cent), which no ear finds, and nothing is cut. Only beyond 100 ms is a jump
// the lesser evil: headphones in two rooms stay together below that, and drawing it in would take minutes.
const GENTLE_PPM = 500;
const GENTLE_JUMP_MICROS = 100_000;
// What an underrun has torn is torn already: one faded jump more is heard less than seconds of another pitch, and 1 ms is
// what the output is known to. Larger than any wander of the timestamps, which is no shift.
const SHIFT_JUMP_MICROS = 1_000;

// Of twenty readings a second: the same slope as in `timeline/drift`.
const GENTLE_SLEW_PPM = 200;

/** The control loop of the audio thread: `timeline/drift`, told how well the room's clock is known, and what comes first. */
export class DriftSteering implements Steering {
  readonly #control = new DriftControl();
  #startedAt: number | null = null;
  #ppm = 0;
  /** Certified error of room time, microseconds. Errors within it are left alone. */
  clockError = 0;
  mode: SyncMode = "sync";

  read(at: number, error: number): Remedy {
    this.#startedAt ??= at;
    const correction = this.#control.step(at, micros(Math.round(error)), micros(this.clockError));
    const isOver = at - this.#startedAt >= GRACE_MICROS;
    if (correction.kind === "jump" && isOver && Math.abs(correction.by) > this.#jumpBound) return { kind: "jump" };
    // A jump that has to wait leaves the speed as it is.
    const wanted = correction.kind === "jump" ? this.#ppm : correction.kind === "nudge" ? correction.ratePpm : 0;
    this.#ppm = this.mode === "sync" ? wanted : this.#gently(error, wanted);
    return { kind: "nudge", ppm: this.#ppm };
  }

  shifted(error: number): Remedy {
    this.#control.restart();
    if (Math.abs(error) > Math.max(SHIFT_JUMP_MICROS, this.#jumpBound)) return { kind: "jump" };
    return { kind: "nudge", ppm: this.#ppm };
  }

  restart(): void {
    this.#control.restart();
    this.#startedAt = null;
  }

  get #jumpBound(): number {
    return this.mode === "sync" ? 0 : GENTLE_JUMP_MICROS;
  }

  #gently(error: number, wanted: number): number {
    // What the loop would jump over it also starts anew for: far off, the one direction is all that matters.
    const aim = Math.abs(error) > NEAR ? -Math.sign(error) * GENTLE_PPM : wanted;
    const step = Math.min(Math.max(aim - this.#ppm, -GENTLE_SLEW_PPM), GENTLE_SLEW_PPM);
    return Math.min(Math.max(this.#ppm + step, -GENTLE_PPM), GENTLE_PPM);
  }
}
