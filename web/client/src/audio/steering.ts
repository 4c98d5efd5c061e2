import { DriftControl } from "../timeline/drift";
import { micros } from "../units";
import type { Remedy, Steering } from "./workletCore";

/** The control loop of the audio thread: `timeline/drift`, told how well the room's clock is known. */
export class DriftSteering implements Steering {
  readonly #control = new DriftControl();
  /** Certified error of room time, microseconds. Errors within it are left alone. */
  clockError = 0;

  read(at: number, error: number): Remedy {
    const correction = this.#control.step(at, micros(Math.round(error)), micros(this.clockError));
    switch (correction.kind) {
      case "hold":
        return { kind: "nudge", ppm: 0 };
      case "nudge":
        return { kind: "nudge", ppm: correction.ratePpm };
      case "jump":
        return { kind: "jump" };
    }
  }

  restart(): void {
    this.#control.restart();
  }
}
