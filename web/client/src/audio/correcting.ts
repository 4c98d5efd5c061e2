import { SAMPLE_RATE } from "../units";
import type { Correcting } from "./sound";
import type { CoreStatus } from "./workletCore";

// A jump is over at once; people who felt something look for its reason within moments.
const SHOWN_FRAMES = 10 * SAMPLE_RATE;

/** What the audio thread does about its distance from the room now. */
export function correctingOf({ entry, frame, leap, ppm }: Pick<CoreStatus, "entry" | "frame" | "leap" | "ppm">): Correcting {
  if (entry === "") return { kind: "none" };
  if (leap !== null && frame - leap.frame < SHOWN_FRAMES) return { kind: "jumped", by: Math.round(leap.by) };
  return ppm === 0 ? { kind: "hold" } : { kind: "nudge", ppm };
}
