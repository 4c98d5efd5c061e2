import type { SyncView } from "./listening";

/** What the words are made from. */
export type SyncFacts = Pick<SyncView, "state" | "playbackError" | "clockError" | "looseBecause" | "isCoarse"> & { readonly isListening: boolean; readonly isPlaying: boolean };

/** Microseconds as people read them: "0.4 ms", "12 ms", "1.3 s". */
export function spanWords(micros: number): string {
  const milliseconds = Math.abs(micros) / 1000;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** How this device keeps step, in one sentence. */
export function syncWords(facts: SyncFacts): string {
  const { state, playbackError, clockError, looseBecause, isCoarse, isListening, isPlaying } = facts;
  if (!isListening) return "Sound is off on this device";
  switch (state) {
    case "silent":
      return isPlaying ? "Getting ready to play" : "Ready; nothing plays";
    case "buffering":
      return "Loading sound; it joins in the right place";
    case "catching-up":
      return `Catching up, ${spanWords(playbackError)} ${playbackError > 0 ? "ahead" : "behind"}`;
    case "in-step":
      if (isCoarse) return "In step with the room's clock; this browser tells its own output only to some milliseconds";
      // What the clock cannot rule out counts too: a figure that hides it would be a boast.
      return `In step, within ${spanWords(Math.abs(playbackError) + clockError)}`;
    case "loose":
      if (looseBecause === "lasting") return "Loosely in step: the sound goes on when locked, with a delay that no browser tells";
      return "Loosely in step: this page is not secure, so the browser allows no exact timing";
  }
}

// Errors below this are left alone (`timeline/drift`): nobody hears them, and most of it is the noise of the measurement.
const HEARD = 300;

/** What this device does about its distance from the room just now, and why; empty while nothing sounds. */
export function correctionWords({ correcting, playbackError, mode }: Pick<SyncView, "correcting" | "playbackError" | "mode">): string {
  switch (correcting.kind) {
    case "none":
      return "";
    case "hold":
      return "Nothing to correct: what is left is too little to be heard.";
    case "jumped":
      return `Jumped ${spanWords(correcting.by)} ${correcting.by > 0 ? "forward" : "back"} behind a short fade: too far off to be drawn in.`;
    case "nudge":
      // Near the room the speed serves the clock of this output, not an error.
      if (Math.abs(playbackError) <= HEARD) return "In step: the speed only makes up for the drift of this output.";
      return `Drawing ${spanWords(playbackError)} in${mode === "quality" ? ", gently, because quality comes first" : ""}.`;
  }
}
